/** The stylesheet of a receipt's page and of the list of keys: they stand alone and have none but this. */
export const pageStyle = `
:root{color-scheme:light dark;--bg:#f6f7f9;--fg:#151922;--card:#fff;--muted:#565e6d;--border:#e1e4ea;--link:#2b3bb8;--good:#146c3f;--good-bg:#e7f5ed;--bad:#a8172a;--bad-bg:#fdecee;--wait:#7a4d00;--wait-bg:#fbf3e2}
@media (prefers-color-scheme:dark){:root{--bg:#0d0f14;--fg:#e9ebf0;--card:#15181f;--muted:#a1a9b8;--border:#292e39;--link:#a9b3ff;--good:#6fdca1;--good-bg:#12291d;--bad:#ff9aa6;--bad-bg:#32151a;--wait:#efb74a;--wait-bg:#2d2617}}
*{box-sizing:border-box}
body{margin:0;padding:2rem 1rem;background:var(--bg);color:var(--fg);font:.9375rem/1.6 ui-sans-serif,system-ui,-apple-system,'Segoe UI',Roboto,sans-serif;overflow-wrap:anywhere}
main{max-width:42rem;margin:0 auto;display:grid;gap:1rem}
#check{padding:1rem 1.25rem;border:1px solid;border-radius:.875rem;color:var(--wait);background:var(--wait-bg)}
#check[data-state=good]{color:var(--good);background:var(--good-bg)}
#check[data-state=bad]{color:var(--bad);background:var(--bad-bg)}
#check h2{margin:0;font-size:1.0625rem}
#check p,#check li{color:var(--fg)}
#check p{margin:.25rem 0 0}
#check ul{margin:.5rem 0 0;padding-inline-start:1.25rem}
#check details{margin-top:.5rem}#check summary{min-height:1.5rem;cursor:pointer;color:var(--fg)}
article,footer,.card{padding:1.75rem 1.5rem;background:var(--card);border:1px solid var(--border);border-radius:.875rem}
h1{margin:0;font-size:1.375rem;line-height:1.3;letter-spacing:-.011em}
.summary{margin:.75rem 0 1.5rem;font-size:1.125rem;line-height:1.5;text-wrap:pretty}
dl{margin:0}
dl div{display:grid;grid-template-columns:minmax(9rem,1fr) 2.4fr;gap:.25rem 1rem;padding:.75rem 0;border-top:1px solid var(--border)}
footer dl div:first-child{border-top:0}
dt{color:var(--muted)}
dd{margin:0;grid-column:2}
h2{margin:1.75rem 0 .5rem;font-size:1rem}
.exact{unicode-bidi:plaintext;white-space:pre-wrap;padding:1rem;border:1px solid var(--border);border-radius:.5rem;font:.8125rem/1.6 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
footer{font-size:.8125rem}
code{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
a{color:var(--link)}:focus-visible{outline:2px solid var(--link);outline-offset:2px}
@media (max-width:30rem){dl div{grid-template-columns:1fr}dd{grid-column:1}article,footer,.card{padding:1.25rem 1rem}}
@media print{body{padding:0;background:none}main{max-width:none}article,footer,#check{border:0;padding:0 0 1rem;background:none}dl div,.exact{break-inside:avoid}}
`
