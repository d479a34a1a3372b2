/** The looks of the page. Print is light, whatever the screen is. */
export const STYLE = `
:root{color-scheme:light dark;--ink:#0f172a;--soft:#475569;--page:#fff;--card:#f8fafc;--line:#e2e8f0;--edge:#cbd5e1;--mark:#2563eb}
@media screen and (prefers-color-scheme:dark){:root{--ink:#e2e8f0;--soft:#94a3b8;--page:#0f172a;--card:#1e293b;--line:#334155;--edge:#475569;--mark:#60a5fa}
.c0{stroke:#60a5fa}.c1{stroke:#fb923c}.c2{stroke:#34d399}.c3{stroke:#c084fc}.c4{stroke:#cbd5e1}}
*{box-sizing:border-box}
body{font:14px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;color:var(--ink);background:var(--page);max-width:1080px;margin:1.5rem auto;padding:0 1rem}
h1{font-size:1.6rem;margin:0}h2{font-size:1.2rem;border-bottom:1px solid var(--edge);padding-bottom:.2rem;margin:2.2rem 0 .8rem}h3{font-size:1rem;margin:0}
p{margin:.4rem 0}ul{margin:.4rem 0;padding-left:1.2rem}a{color:var(--mark)}
.muted{color:var(--soft)}
.gist{list-style:none;background:var(--card);border:1px solid var(--line);border-radius:6px;padding:.7rem 1rem;margin:1rem 0}
nav{font-size:13px}nav a{display:inline-block;margin:0 .8rem .2rem 0}
.wide{overflow-x:auto}table{border-collapse:collapse;width:100%;font-size:13px}
caption{text-align:left;font-weight:600;padding:.9rem 0 .2rem}
th{color:var(--soft);font-weight:600;white-space:nowrap}
th,td{padding:.25rem .6rem;border-bottom:1px solid var(--line);text-align:left;vertical-align:top}
td{overflow-wrap:break-word}
th:first-child,td:first-child{padding-left:0}th:last-child,td:last-child{padding-right:0}
.n{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}
article{background:var(--card);border:1px solid var(--line);border-left:4px solid var(--mark);border-radius:4px;padding:.6rem .9rem;margin:.8rem 0;break-inside:avoid}
.change{background:var(--page);border:1px solid var(--line);border-radius:4px;padding:.3rem .6rem;overflow-wrap:anywhere}
.ids{font-size:12px;overflow-wrap:anywhere}code{font-family:ui-monospace,Menlo,Consolas,monospace;font-size:.92em}
figure{margin:1rem 0;break-inside:avoid}figcaption{font-weight:600}.key{font-weight:400;margin-left:.8rem;white-space:nowrap}
.chart{display:block;width:100%;max-width:860px;height:auto}svg text{font:10px system-ui,sans-serif;fill:var(--soft)}.grid{stroke:var(--line)}
@media screen and (max-width:640px){body{font-size:13px}table{font-size:12px;width:max-content;min-width:100%}td{max-width:17rem}.chart text{font-size:17px}th,td{padding:.25rem .4rem}}
@media print{body{margin:0;padding:0;max-width:none;font-size:11px}nav{display:none}table{font-size:9.5px}th,td{padding:.15rem .35rem}.wide{overflow:visible}tr,caption{break-inside:avoid}h2,caption{break-after:avoid}thead{display:table-header-group}a{color:inherit;text-decoration:none}}
`;
