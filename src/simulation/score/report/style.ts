/** The report's only style: nothing is fetched. Colours hold for those who see no red and green too, and in grey on paper. */
export const STYLE = `
:root { --ink:#1b2733; --soft:#5d6b7a; --line:#d9e0e7; --back:#f5f7f9; --good:#0b7a75; --bad:#b3261e; --warn:#9a6700; --accent:#2457a6; }
* { box-sizing:border-box; }
body { margin:0; font:14px/1.5 "PingFang SC","Microsoft YaHei","Noto Sans CJK SC","Source Han Sans SC",system-ui,sans-serif; color:var(--ink); background:#fff; }
main { max-width:1120px; margin:0 auto; padding:24px 28px 64px; }
h1 { font-size:26px; margin:0 0 4px; } h2 { font-size:19px; margin:36px 0 8px; padding-bottom:4px; border-bottom:2px solid var(--ink); } h3 { font-size:15px; margin:20px 0 6px; }
.en { color:var(--soft); font-size:.92em; } h1 .en, h2 .en { font-weight:400; }
.note { color:var(--soft); margin:2px 0 10px; max-width:90ch; }
.facts { display:flex; flex-wrap:wrap; gap:4px 22px; color:var(--soft); margin:6px 0 0; padding:0; list-style:none; } .facts b { color:var(--ink); font-weight:600; }
nav { display:flex; flex-wrap:wrap; gap:4px 16px; margin:14px 0 0; font-size:13px; } nav a { color:var(--accent); text-decoration:none; }
.cards { display:grid; grid-template-columns:repeat(auto-fill,minmax(200px,1fr)); gap:10px; margin:14px 0; }
.card { border:1px solid var(--line); border-left:5px solid var(--soft); border-radius:4px; padding:9px 12px; background:#fff; break-inside:avoid; }
.card.met { border-left-color:var(--good); } .card.missed { border-left-color:var(--bad); } .card .value { font-size:25px; font-weight:650; line-height:1.2; font-variant-numeric:tabular-nums; }
.card .name { font-size:12.5px; } .card .more { font-size:12px; color:var(--soft); font-variant-numeric:tabular-nums; } .card .verdict { font-size:12px; font-weight:600; } .met .verdict { color:var(--good); } .missed .verdict { color:var(--bad); }
table { border-collapse:collapse; width:100%; margin:8px 0 14px; font-size:13px; } th { text-align:left; font-weight:600; border-bottom:1.5px solid var(--ink); padding:4px 8px; vertical-align:bottom; } td { border-bottom:1px solid var(--line); padding:4px 8px; vertical-align:top; }
td.n, th.n { text-align:right; font-variant-numeric:tabular-nums; white-space:nowrap; } tr { break-inside:avoid; }
table.heat td { text-align:right; font-variant-numeric:tabular-nums; padding:3px 6px; } table.heat td:first-child { text-align:left; white-space:nowrap; } table.heat th { font-size:11.5px; font-weight:500; vertical-align:bottom; } .scroll { overflow-x:auto; }
code { font-family:ui-monospace,Menlo,Consolas,monospace; font-size:.92em; }
svg { display:block; width:100%; height:auto; margin:6px 0; } svg text { font-family:inherit; fill:var(--ink); } svg .soft { fill:var(--soft); }
.legend { display:flex; flex-wrap:wrap; gap:2px 16px; font-size:12px; color:var(--soft); margin:2px 0 8px; } .legend i { display:inline-block; width:12px; height:12px; border-radius:2px; margin-right:5px; vertical-align:-1px; }
article { border:1px solid var(--line); border-radius:5px; padding:10px 14px 8px; margin:12px 0; } article > header { display:flex; flex-wrap:wrap; justify-content:space-between; gap:2px 16px; align-items:baseline; break-after:avoid; } article h4 { margin:0; font-size:14.5px; } article .where { color:var(--soft); font-size:12.5px; font-variant-numeric:tabular-nums; }
dl { display:grid; grid-template-columns:max-content 1fr; gap:1px 14px; margin:6px 0; font-size:12.8px; } dt { color:var(--soft); } dd { margin:0; overflow-wrap:anywhere; }
details { margin:4px 0; } summary { cursor:pointer; color:var(--accent); font-size:12.8px; } pre { font:11.5px/1.45 ui-monospace,Menlo,Consolas,monospace; background:var(--back); padding:8px 10px; border-radius:4px; margin:6px 0; white-space:pre-wrap; overflow-wrap:anywhere; }
.good { color:var(--good); } .bad { color:var(--bad); } .none { color:var(--soft); }
@media print {
  @page { size:A4; margin:13mm 12mm; }
  body { font-size:10.5px; } main { max-width:none; padding:0; } nav { display:none; } h2 { break-after:avoid; font-size:15px; margin-top:22px; } h3 { break-after:avoid; }
  .cards { grid-template-columns:repeat(5,1fr); gap:5px; } .card { padding:5px 7px; border-left-width:4px; } .card .value { font-size:16px; } .card .name, .card .more, .card .verdict { font-size:8.6px; } table, dl, .legend, summary { font-size:9.5px; } .note, .facts { font-size:9.5px; } pre { font-size:7.6px; }
  article { padding:6px 9px; margin:8px 0; } article h4 { font-size:10.5px; } article .where { font-size:9.5px; }
  article > header, figure { break-inside:avoid; } .scroll { overflow:visible; } table.heat { font-size:7.6px; } table.heat th { font-size:7.2px; } table.heat td { padding:2px 3px; }
  details::details-content { content-visibility:visible; block-size:auto; } summary { list-style:none; color:var(--soft); }
  * { print-color-adjust:exact; -webkit-print-color-adjust:exact; }
}
figure { margin:0; }
`;
