"""The style of the HTML page: light and dark, one column on a narrow screen, print."""

STYLE = """
:root { color-scheme: light dark;
  --bg: light-dark(#fbfbf9, #15181c); --card: light-dark(#ffffff, #1c2026); --text: light-dark(#1c1f23, #e4e6e9);
  --soft: light-dark(#5a626c, #a3abb6); --line: light-dark(#dcdfe3, #363c45); --link: light-dark(#0a58a8, #8cc2ff);
  --code: light-dark(#f5f6f7, #12151a); --add: light-dark(#e2f4e4, #173321); --cut: light-dark(#fce9e7, #3b1f20);
  --mark: light-dark(#fff0bf, #4a3c0c); --ok: light-dark(#15692c, #7ddc93); --no: light-dark(#8a5300, #f0bd66);
  --bad: light-dark(#a82020, #ff9c94); --key: light-dark(#8b1a6b, #f09ad8); --str: light-dark(#1b6b34, #9bdba0);
  --num: light-dark(#7a4b00, #f3c07a); --fun: light-dark(#0a58a8, #8cc2ff); }
:root:has(#light:checked) { color-scheme: light; }
:root:has(#dark:checked) { color-scheme: dark; }
* { box-sizing: border-box; }
body { margin: 0; background: var(--bg); color: var(--text); font: 1rem/1.55 system-ui, sans-serif; }
.skip { position: absolute; left: -999rem; }
.skip:focus { left: 1rem; top: 1rem; background: var(--card); padding: .5rem 1rem; z-index: 2; }
header, main, footer { max-width: 96rem; margin: 0 auto; padding: 0 1.5rem; }
header { padding-top: 1.5rem; display: flex; flex-wrap: wrap; justify-content: space-between; gap: 1rem; }
footer { padding-bottom: 3rem; color: var(--soft); }
h1 { font-size: 1.6rem; margin: 0; } h2 { font-size: 1.25rem; margin: 2.5rem 0 .75rem; }
.head h2 { margin: 0; } .bar { margin: 2.5rem 0 .75rem; align-items: center; }
h3 { font-size: 1rem; margin: 0; overflow-wrap: anywhere; } h4 { font-size: .95rem; margin: 1rem 0 .25rem; }
p { margin: .4rem 0; } a { color: var(--link); } .soft { color: var(--soft); }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
fieldset { border: 1px solid var(--line); border-radius: .5rem; padding: .2rem .75rem; display: flex; gap: .9rem; }
fieldset label { display: inline-flex; gap: .35rem; align-items: center; }
.tiles { display: flex; flex-wrap: wrap; gap: .75rem; padding: 0; margin: 1rem 0; list-style: none; }
.tiles li { background: var(--card); border: 1px solid var(--line); border-radius: .6rem; padding: .6rem 1.1rem; }
.tiles b { display: block; font-size: 1.6rem; line-height: 1.2; font-variant-numeric: tabular-nums; }
.wide { overflow-x: auto; border: 1px solid var(--line); border-radius: .6rem; background: var(--card); }
table { border-collapse: collapse; font-size: .92rem; width: 100%; }
th, td { text-align: left; padding: .4rem .8rem; border-bottom: 1px solid var(--line); vertical-align: top; }
tbody tr:last-child > * { border-bottom: 0; } thead th { color: var(--soft); font-weight: 600; white-space: nowrap; }
td code, th code { white-space: nowrap; }
caption { text-align: left; padding: .5rem .8rem; color: var(--soft); white-space: nowrap; }
.site { background: var(--card); border: 1px solid var(--line); border-radius: .6rem; margin: 1rem 0; padding: 1rem; }
.head { display: flex; flex-wrap: wrap; gap: .35rem .9rem; align-items: baseline; }
.tag { border: 1px solid currentColor; border-radius: 1rem; padding: 0 .7rem; font-size: .85rem; font-weight: 600; }
.template, .lift, .partial, .ok { color: var(--ok); } .refuse, .no { color: var(--no); } .bad { color: var(--bad); }
.why { border-left: 4px solid var(--no); padding: .1rem .9rem; margin: .75rem 0; }
.why.mild { border-color: var(--line); }
.keys { margin: .5rem 0 0; padding: 0; display: flex; flex-wrap: wrap; gap: .3rem; list-style: none; }
.keys li { background: var(--code); border-radius: .3rem; padding: 0 .45rem; font: .85rem/1.6 ui-monospace, monospace; }
code { font-family: ui-monospace, monospace; font-size: .92em; overflow-wrap: anywhere; }
.sides { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 30rem), 1fr)); gap: .9rem; }
.sides, .one { margin-top: .9rem; } figure { margin: 0; min-width: 0; } figure + figure { margin-top: .7rem; }
figcaption { font-size: .88rem; color: var(--soft); padding-bottom: .25rem; }
pre { margin: 0; background: var(--code); border: 1px solid var(--line); border-radius: .5rem; overflow: auto;
  max-height: 34rem; font: .82rem/1.5 ui-monospace, "DejaVu Sans Mono", monospace; tab-size: 4; padding: .4rem 0; }
pre code { display: block; min-width: max-content; font: inherit; overflow-wrap: normal; }
.l { display: inline-block; min-width: 100%; padding-right: 1rem; } mark { background: none; color: inherit; }
.l::before { content: attr(data-n) " " attr(data-m); display: inline-block;
  width: 4.6rem; padding-right: .6rem; text-align: right; color: var(--soft); white-space: pre; user-select: none; }
.add { background: var(--add); } .cut { background: var(--cut); }
.here { background: var(--mark); font-weight: 600; }
.ke { color: var(--key); } .st { color: var(--str); } .nu { color: var(--num); }
.fu, .bu, .de { color: var(--fun); } .co { color: var(--soft); font-style: italic; }
summary { cursor: pointer; padding: .3rem 0; } details > pre, details > .sides { margin-top: .4rem; }
.toc { columns: 22rem; padding-left: 1.2rem; overflow-wrap: anywhere; }
main:has(#only-go:checked) .site.refuse-site, main:has(#only-no:checked) .site:not(.refuse-site) { display: none; }
@media print { fieldset, .skip { display: none; } pre { max-height: none; } .site { break-inside: avoid; } }
"""
