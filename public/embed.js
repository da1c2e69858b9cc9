/*! Behalf embed loader. Types: sdk/embed.d.ts. Apache-2.0 */
;(function () {
  'use strict'
  var script = document.currentScript
  var host = new URL((script && script.src) || location.href).origin
  var words = {
    session_expired: 'This link has expired. Please try again.',
    session_used: 'This link was already used. Please start again.',
    user_mismatch: 'This link was for someone else. Nothing was connected.',
    account_mismatch: 'That was another account. Nothing was changed.',
    popup_blocked: 'The browser blocked the window. Please allow it and try again.',
    offline: 'There is no connection. Please try again.',
  }
  var known = /^(session_(expired|used|invalid)|user_mismatch|account_mismatch|popup_blocked|offline|internal)$/

  function fault(code) {
    if (/^(upstream|provider)_|^(unavailable|circuit_open)$/.test(code)) code = 'provider_unavailable'
    else if (!known.test(code)) code = 'internal'
    return {
      code: code,
      displayMessage: words[code] || 'Something went wrong. Please try again.',
      retryable: !/_mismatch$/.test(code),
    }
  }

  // The address says where to go: only this server's portal is ever opened.
  function address(session) {
    var url = new URL(session.url)
    if (url.origin !== host || !/^\/connect\/cs_\w+$/.test(url.pathname)) throw new Error('session_invalid')
    return url.href
  }

  function createConnect(options) {
    var frame, popup, watch, settle, running, dead
    var mode = options.container ? 'frame' : options.mode || 'auto'
    if (mode === 'auto') {
      mode = matchMedia('(pointer: coarse) and (max-width: 640px)').matches ? 'redirect' : 'popup'
    }

    function emit(event) {
      if (options.onEvent) options.onEvent(event)
    }

    function end(outcome) {
      var done = settle
      removeEventListener('message', hear)
      clearInterval(watch)
      if (frame) frame.remove()
      frame = popup = settle = running = undefined
      if (done) done(outcome)
    }

    function fail(code) {
      var error = fault(code)
      emit({ type: 'error', error: error })
      end({ status: 'error', error: error })
    }

    function session(why) {
      return Promise.resolve()
        .then(function () {
          return options.fetchSession(why)
        })
        .then(address)
    }

    function show(why) {
      session(why).then(
        function (url) {
          if (frame) frame.src = url
          else if (popup) popup.location.replace(url)
          else if (settle) location.assign(url)
        },
        function (error) {
          if (popup) popup.close()
          fail(error && error.message === 'session_invalid' ? 'session_invalid' : navigator.onLine ? 'internal' : 'offline')
        },
      )
    }

    // Only what comes from our frame, of our origin, is heard; the server's row is what counts in the end.
    var outcome
    function hear(message) {
      var data = message.data
      if (message.origin !== host || !frame || message.source !== frame.contentWindow) return
      if (!data || data.behalf !== 1) return
      switch (data.event) {
        case 'resize':
          frame.style.height = Math.min(4000, Math.max(120, Number(data.height) || 0)) + 'px'
          break
        case 'connected':
          outcome = { status: 'connected', account: data.account || null }
          emit({ type: 'connected', account: outcome.account })
          break
        case 'declined':
          outcome = { status: 'declined' }
          emit({ type: 'declined' })
          break
        case 'expired':
          outcome = undefined
          show('expired')
          break
        case 'error':
          outcome = { status: 'error', error: fault(data.code) }
          emit({ type: 'error', error: outcome.error })
          break
        case 'closed':
          close()
          break
        case 'ready':
        case 'opened':
          emit({ type: data.event })
      }
    }

    function close() {
      if (!settle) return
      if (popup) popup.close()
      emit({ type: 'closed' })
      end(outcome || { status: 'closed' })
    }

    function open() {
      if (dead) return Promise.reject(new Error('destroyed'))
      if (running) return running
      outcome = undefined
      running = new Promise(function (resolve) {
        settle = resolve
      })
      var result = running
      if (mode === 'frame') {
        frame = document.createElement('iframe')
        frame.title = options.title || 'Connect your accounts'
        frame.style.cssText = 'display:block;width:100%;height:420px;border:0'
        options.container.appendChild(frame)
        addEventListener('message', hear)
      } else if (mode === 'popup') {
        popup = window.open('about:blank', '_blank', 'popup,width=520,height=760')
        if (!popup) {
          fail('popup_blocked')
          return result
        }
        emit({ type: 'opened' })
        // A window that looks gone may be open still, behind a provider that cut the tie: so unknown, not cancelled.
        watch = setInterval(function () {
          if (popup && popup.closed) end({ status: 'unknown' })
        }, 400)
      }
      show('open')
      return result
    }

    return {
      open: open,
      close: close,
      destroy: function () {
        close()
        dead = true
      },
    }
  }

  window.Behalf = { createConnect: createConnect }
})()
