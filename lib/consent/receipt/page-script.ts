/**
 * What a receipt's page does when it is opened, from a disk and with no network: it checks its own signature, that what
 * it shows is what was signed, and, if it can, that the key is one that the issuer publishes. Written in the language of
 * the browsers that may open it, years from now; its hash stands in the page's policy, so that an altered script does
 * not run. `TEXTS` is put before it.
 */
export const pageScript = String.raw`
(async () => {
  const $ = (id) => document.getElementById(id)
  const fill = (text, values) => text.replace(/\{(\w+)\}/g, (all, name) => (name in values ? values[name] : all))
  const say = (key, values) => {
    const item = document.createElement('li')
    item.textContent = fill(TEXTS[key], values || {})
    $('found').append(item)
  }
  const verdict = (state, key, values) => {
    $('check').dataset.state = state
    $('what').open = state !== 'good'
    $('verdict').textContent = TEXTS[key]
    $('verdict-more').textContent = fill(TEXTS[key + '_more'], values || {})
  }
  const bytesOf = (text) => {
    const raw = atob(text.replace(/-/g, '+').replace(/_/g, '/'))
    const bytes = Uint8Array.from(raw, (c) => c.charCodeAt(0))
    if (encode(bytes) !== text) throw new Error('spelling')
    return bytes
  }
  const encode = (bytes) =>
    btoa(String.fromCharCode.apply(null, bytes)).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '')
  const textOf = (bytes) => new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  const decode = (text) => {
    const parts = []
    for (let at = 0; at < text.length; at += 8192) parts.push(...bytesOf(text.slice(at, at + 8192)))
    return new Uint8Array(parts)
  }
  const sha256 = async (bytes) => new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))
  const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
  const utf8 = (text) => new TextEncoder().encode(text)

  const subtle = typeof crypto === 'object' && crypto.subtle
  if (!subtle) return verdict('wait', 'check_no_crypto')
  let receipt
  let bad = false
  let jwk = null
  const fail = (key, values) => {
    bad = true
    say(key, values)
  }
  try {
    const [head, payload, signature] = $('jws').textContent.split('.')
    let header = {}
    try {
      header = JSON.parse(textOf(decode(head)))
    } catch (error) {}
    if (header.alg !== 'ES256' || header.typ !== 'consent-receipt+jwt') fail('found_header')
    jwk = JSON.parse($('keys').textContent).keys.find((key) => key.kid === header.kid) || null
    const name = jwk && JSON.stringify({ crv: jwk.crv, kty: jwk.kty, x: jwk.x, y: jwk.y })
    const print = name && encode(await sha256(utf8(name)))
    if (print && print === header.kid) {
      say('found_key')
      $('fingerprint').textContent = print
    } else fail('found_no_key')
    let fits = false
    try {
      const key = await subtle.importKey('jwk', { kty: jwk.kty, crv: jwk.crv, x: jwk.x, y: jwk.y },
        { name: 'ECDSA', namedCurve: 'P-256' }, false, ['verify'])
      fits = await subtle.verify({ name: 'ECDSA', hash: 'SHA-256' }, key, bytesOf(signature), utf8(head + '.' + payload))
    } catch (error) {}
    if (fits) say('found_signature')
    else fail('found_no_signature')
    receipt = JSON.parse(textOf(decode(payload)))
    if (hex(await sha256(utf8(receipt.consent_text))) === receipt.consent_text_sha256) say('found_text')
    else fail('found_no_text')
    const words = receipt.words
    const signed = [words.title, words.summary]
    for (const row of words.rows) signed.push(row.label, ...row.lines)
    signed.push(words.exact_text, receipt.consent_text)
    const wanted = signed.filter((text) => text.trim() !== '')
    const parts = 'h1, .summary, dt, dd, h2, .exact'
    const shown = Array.from($('receipt').querySelectorAll(parts), (part) => part.textContent)
      .filter((text) => text.trim() !== '')
    const walker = document.createTreeWalker($('receipt'), NodeFilter.SHOW_TEXT)
    while (walker.nextNode()) {
      const { data, parentElement } = walker.currentNode
      if (data.trim() !== '' && !parentElement.closest(parts)) shown.push(data)
    }
    for (const link of $('receipt').querySelectorAll('[href]'))
      if (link.getAttribute('href') !== link.textContent) shown.push(link.getAttribute('href'))
    const most = Math.max(shown.length, wanted.length)
    let differs = false
    for (let at = 0; at < most && !differs; at++) {
      if (shown[at] === wanted[at]) continue
      differs = true
      fail('found_not_shown', { shown: shown[at] || '', signed: wanted[at] || '' })
    }
    if (!differs) say('found_shown')
  } catch (error) {
    if (!bad) fail('found_no_signature')
  }
  if (bad) return verdict('bad', 'check_bad')
  const origin = receipt.iss
  $('issuer').textContent = origin
  const asks = { origin, page: origin + '/.well-known/behalf-receipt-keys' }
  verdict('wait', 'check_unknown', asks)
  let published
  try {
    const stop = new AbortController()
    setTimeout(() => stop.abort(), 10000)
    const answer = await fetch(origin + '/.well-known/jwks.json',
      { cache: 'no-store', credentials: 'omit', referrerPolicy: 'no-referrer', signal: stop.signal })
    if (!answer.ok) throw new Error('status')
    published = (await answer.json()).keys
    published.length.toFixed()
  } catch (error) {
    return say('found_no_answer', asks)
  }
  if (published.some((key) => key.kid === jwk.kid && key.x === jwk.x && key.y === jwk.y)) {
    say('found_published', asks)
    verdict('good', 'check_good', asks)
  } else {
    say('found_not_published', asks)
    verdict('bad', 'check_bad')
  }
})()
`
