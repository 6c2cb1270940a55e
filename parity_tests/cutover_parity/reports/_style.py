"""The style of the page: light and dark, one column on a narrow screen, print."""

STYLE = """
:root { color-scheme: light dark;
  --bg: light-dark(#fbfbf9, #15181c); --card: light-dark(#ffffff, #1c2026); --text: light-dark(#1c1f23, #e4e6e9);
  --soft: light-dark(#5a626c, #a3abb6); --line: light-dark(#dcdfe3, #363c45); --link: light-dark(#0a58a8, #8cc2ff);
  --code: light-dark(#f5f6f7, #12151a); --ok: light-dark(#15692c, #7ddc93); --bad: light-dark(#a82020, #ff9c94);
  --no: light-dark(#8a5300, #f0bd66); --okbg: light-dark(#e2f4e4, #173321); --badbg: light-dark(#fce9e7, #3b1f20);
  --halfbg: light-dark(#e8f0fb, #1b2a3f); --chunk: light-dark(#bcd6f5, #2b4a70); }
:root:has(#light:checked) { color-scheme: light; }
:root:has(#dark:checked) { color-scheme: dark; }
* { box-sizing: border-box; }
body { margin: 0; background: var(--bg); color: var(--text); font: 1rem/1.55 system-ui, sans-serif; }
.skip { position: absolute; left: -999rem; }
.skip:focus { left: 1rem; top: 1rem; background: var(--card); padding: .5rem 1rem; z-index: 2; }
header, main, footer { max-width: 72rem; margin: 0 auto; padding: 0 1rem; }
header { padding-top: 1.5rem; display: flex; flex-wrap: wrap; justify-content: space-between; gap: 1rem; }
footer { padding-bottom: 3rem; color: var(--soft); }
h1 { font-size: 1.6rem; margin: 0; } h2 { font-size: 1.25rem; margin: 2.5rem 0 .75rem; }
h3 { font-size: 1rem; margin: 0; overflow-wrap: anywhere; } h4 { font-size: .95rem; margin: 1rem 0 .25rem; }
p { margin: .4rem 0; } .soft { color: var(--soft); } .lead { font-size: 1.15rem; }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
fieldset { border: 1px solid var(--line); border-radius: .5rem; padding: .2rem .75rem; display: flex; gap: .9rem; }
fieldset label { display: inline-flex; gap: .35rem; align-items: center; }
.tiles { display: flex; flex-wrap: wrap; gap: .75rem; padding: 0; margin: 1rem 0; list-style: none; }
.tiles li { background: var(--card); border: 1px solid var(--line); border-radius: .6rem; padding: .6rem 1.1rem; }
.tiles b { display: block; font-size: 1.6rem; line-height: 1.2; font-variant-numeric: tabular-nums; }
.ok { color: var(--ok); } .bad { color: var(--bad); } .no { color: var(--no); }
.wide { overflow-x: auto; border: 1px solid var(--line); border-radius: .6rem; background: var(--card); }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 22rem), 1fr)); gap: 1rem;
  align-items: start; }
table { border-collapse: collapse; font-size: .92rem; width: 100%; }
th, td { text-align: left; padding: .35rem .8rem; border-bottom: 1px solid var(--line); vertical-align: top; }
tbody tr:last-child > * { border-bottom: 0; } thead th { color: var(--soft); font-weight: 600; white-space: nowrap; }
.num { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.nothing { background: var(--badbg); } .both, .recorded { background: var(--okbg); }
.generated { background: var(--halfbg); }
caption { text-align: left; padding: .5rem .8rem; color: var(--soft); }
.card { background: var(--card); border: 1px solid var(--line); border-radius: .6rem; margin: 1rem 0; padding: 1rem; }
.head { display: flex; flex-wrap: wrap; gap: .35rem .9rem; align-items: baseline; }
.tag { border: 1px solid currentColor; border-radius: 1rem; padding: 0 .7rem; font-size: .85rem; font-weight: 600; }
code { font-family: ui-monospace, monospace; font-size: .92em; overflow-wrap: anywhere; }
pre { margin: .4rem 0; background: var(--code); border: 1px solid var(--line); border-radius: .5rem; overflow: auto;
  max-height: 24rem; font: .82rem/1.5 ui-monospace, "DejaVu Sans Mono", monospace; padding: .5rem .7rem; }
.stream { min-width: 36rem; width: 100%; height: auto; display: block; }
.stream text { font: 11px system-ui, sans-serif; fill: var(--text); }
.stream .axis { stroke: var(--line); } .stream .note { fill: var(--soft); } .stream .cutmark { fill: var(--bad); }
.stream .endmark { fill: var(--ok); }
.stream .chunk { fill: var(--chunk); stroke: var(--card); stroke-width: 1.5; } .stream .only { fill: var(--bad); }
.stream .tick { stroke: var(--link); stroke-width: 2; }
summary { cursor: pointer; padding: .3rem 0; }
@media (max-width: 40rem) { th, td { padding: .3rem .45rem; } .card { padding: .7rem; } td code { font-size: .82em; } }
@media print { fieldset, .skip { display: none; } pre { max-height: none; } .card { break-inside: avoid; } }
"""
