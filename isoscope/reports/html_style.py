"""The style sheet of the HTML report: a quiet page, in light, in dark, and on paper."""

# Status colours have a contrast of at least 4.5:1 on their grounds (WCAG 2.2, 1.4.3), and every
# status is also told by its symbol and its word.
STYLE = """
:root { color-scheme: light dark;
  --ground: #ffffff; --text: #1d2126; --quiet: #5b636e; --line: #d9dde2; --panel: #f5f6f8;
  --meets: #1a6b3c; --meets-ground: #e6f4ec; --falls-short: #a3180f; --falls-short-ground: #fdecea;
  --unproven: #7a4d00; --unproven-ground: #fdf3dc; --not-required: #5b636e;
  --not-required-ground: #f1f2f4; }
@media (prefers-color-scheme: dark) { :root {
  --ground: #16191d; --text: #e4e7eb; --quiet: #9aa3af; --line: #343a42; --panel: #1e2227;
  --meets: #7fd6a2; --meets-ground: #16301f; --falls-short: #ff9c94; --falls-short-ground: #3a1a18;
  --unproven: #f0c36a; --unproven-ground: #35290f; --not-required: #9aa3af;
  --not-required-ground: #23272d; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 2rem 1.5rem 4rem; max-width: 68rem; background: var(--ground);
  color: var(--text); font: 15px/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.6rem; margin: 0 0 .3rem; } h2 { font-size: 1.2rem; margin: 0; }
h3 { font-size: 1rem; margin: 1.4rem 0 .4rem; }
p { margin: .4rem 0; } .quiet { color: var(--quiet); }
a { color: inherit; }
dl.host { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1.2rem;
  margin: 1.2rem 0; padding: 1rem 1.2rem; background: var(--panel); border-radius: 6px; }
dl.host dt { color: var(--quiet); } dl.host dd { margin: 0; }
section { margin: 2.2rem 0 0; padding-top: 1.6rem; border-top: 1px solid var(--line); }
table { border-collapse: collapse; width: 100%; margin: .8rem 0; }
th, td { text-align: left; padding: .35rem .6rem; vertical-align: top;
  border-bottom: 1px solid var(--line); }
th { font-weight: 600; } thead th { color: var(--quiet); font-weight: 500; font-size: .85rem; }
.badge { display: inline-block; padding: .05rem .5rem; border-radius: 4px; white-space: nowrap;
  font-variant-numeric: tabular-nums; }
.meets { color: var(--meets); background: var(--meets-ground); }
.falls-short { color: var(--falls-short); background: var(--falls-short-ground); font-weight: 600; }
.unproven { color: var(--unproven); background: var(--unproven-ground); }
.not-required { color: var(--not-required); background: var(--not-required-ground); }
.small .badge { padding: 0 .35rem; font-size: .85rem; }
ul, ol { margin: .3rem 0; padding-left: 1.4rem; } li { margin: .35rem 0; }
details { margin: .2rem 0; } summary { cursor: pointer; color: var(--quiet); }
pre { margin: .3rem 0 .6rem; padding: .5rem .7rem; background: var(--panel); border-radius: 4px;
  font: 12px/1.45 ui-monospace, monospace; white-space: pre-wrap; }
@media print {
  :root { color-scheme: light; --ground: #ffffff; --text: #000000; --quiet: #444444;
    --line: #bbbbbb; --panel: #f5f6f8; --meets: #1a6b3c; --meets-ground: #ffffff;
    --falls-short: #a3180f; --falls-short-ground: #ffffff; --unproven: #7a4d00;
    --unproven-ground: #ffffff; --not-required: #444444; --not-required-ground: #ffffff; }
  body { max-width: none; padding: 0; font-size: 10pt; }
  .badge { border: 1px solid currentcolor; }
  details { display: none; }
  tr, li, dl { break-inside: avoid; } h2, h3 { break-after: avoid; } }
"""
