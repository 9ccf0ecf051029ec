/** The one stylesheet of the pages, sent inline. */
export const STYLE = `
:root { color-scheme: light dark; --fg:#1f2328; --muted:#59636e; --bg:#fff; --panel:#f6f8fa; --line:#d1d9e0; --link:#0969da;
  --green:#1a7f37; --purple:#8250df; --red:#cf222e; --amber:#9a6700; --grey:#59636e; --add:#dafbe1; --del:#ffebe9; --hunk:#ddf4ff; }
@media (prefers-color-scheme: dark) { :root { --fg:#f0f6fc; --muted:#9198a1; --bg:#0d1117; --panel:#151b23; --line:#3d444d; --link:#4493f8;
  --green:#3fb950; --purple:#ab7df8; --red:#f85149; --amber:#d29922; --grey:#9198a1; --add:#12261e; --del:#25171c; --hunk:#121d2f; } }
* { box-sizing: border-box; }
body { margin:0; font:14px/1.5 -apple-system, "Segoe UI", "Noto Sans", Helvetica, Arial, sans-serif; color:var(--fg); background:var(--bg); }
a { color:var(--link); text-decoration:none; } a:hover { text-decoration:underline; }
header { background:var(--panel); border-bottom:1px solid var(--line); }
header nav, main { max-width:1012px; margin:0 auto; padding:14px 24px; }
header nav { display:flex; align-items:center; gap:8px; font-size:16px; }
header nav .home { font-weight:700; color:var(--fg); margin-right:8px; } header nav .sep { color:var(--muted); }
header nav b a { font-weight:600; }
main { padding-top:24px; padding-bottom:64px; }
h1 { font-size:26px; font-weight:400; line-height:1.25; margin:0 0 8px; } h1 .number { color:var(--muted); font-weight:300; }
h2 { font-size:16px; margin:28px 0 10px; } h2 .count { background:var(--panel); border:1px solid var(--line); border-radius:20px; padding:0 8px; font-size:12px; font-weight:500; margin-left:4px; }
.muted { color:var(--muted); } .mono, code, pre { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace; font-size:12px; }
code { background:rgba(129,139,152,.12); padding:.2em .4em; border-radius:6px; } pre code { background:none; padding:0; }
.branch { background:rgba(84,174,255,.18); color:var(--link); border-radius:6px; padding:2px 6px; font:12px ui-monospace, Menlo, Consolas, monospace; }
.box { border:1px solid var(--line); border-radius:8px; overflow:hidden; margin-bottom:16px; background:var(--bg); }
.box > .row { padding:10px 16px; border-top:1px solid var(--line); display:flex; gap:12px; align-items:center; } .box > .row:first-child { border-top:0; }
.box > .head { background:var(--panel); padding:8px 16px; border-bottom:1px solid var(--line); color:var(--muted); display:flex; gap:8px; align-items:center; }
.row .grow { flex:1; min-width:0; } .row .title { font-weight:600; color:var(--fg); font-size:15px; } .row .right { margin-left:auto; white-space:nowrap; }
.state { display:inline-flex; align-items:center; gap:6px; color:#fff; border-radius:20px; padding:5px 12px; font-weight:500; font-size:14px; margin-right:8px; }
.state.open { background:#1f883d; } .state.merged { background:#8250df; } .state.closed { background:#cf222e; } .state.draft { background:#59636e; }
.dot { display:inline-block; width:12px; height:12px; border-radius:50%; flex:none; background:var(--grey); }
.dot.success, .dot.open { background:var(--green); } .dot.merged { background:var(--purple); } .dot.failure, .dot.closed, .dot.timed_out { background:var(--red); }
.dot.action_required, .dot.in_progress, .dot.queued { background:var(--amber); }
.avatar { width:20px; height:20px; border-radius:50%; vertical-align:-5px; } .avatar.large { width:40px; height:40px; flex:none; }
.talk { display:flex; gap:16px; margin-bottom:16px; } .talk .box { flex:1; min-width:0; margin:0; } .talk .body { padding:4px 16px; }
.badge { border:1px solid var(--line); border-radius:20px; padding:0 7px; font-size:12px; color:var(--muted); }
.reactions { padding:0 16px 12px; display:flex; gap:6px; } .reactions span { border:1px solid var(--line); border-radius:20px; padding:1px 9px; background:var(--panel); font-size:12px; }
.event { margin:0 0 16px 56px; color:var(--muted); padding-left:16px; border-left:2px solid var(--line); }
.markdown { overflow-wrap:break-word; } .markdown > :first-child { margin-top:12px; } .markdown > :last-child { margin-bottom:12px; }
.markdown table { border-collapse:collapse; display:block; overflow:auto; margin:12px 0; } .markdown th, .markdown td { border:1px solid var(--line); padding:6px 13px; }
.markdown td code, .markdown td:first-child { white-space:nowrap; } .markdown tr:nth-child(2n) td { background:var(--panel); } .markdown pre { background:var(--panel); padding:14px; border-radius:6px; overflow:auto; line-height:1.45; }
.markdown blockquote { border-left:4px solid var(--line); color:var(--muted); margin:12px 0; padding:0 14px; } .markdown h1, .markdown h2 { border-bottom:1px solid var(--line); padding-bottom:6px; font-weight:600; } .markdown h1 { font-size:22px; }
.diff { margin:0; overflow:auto; line-height:20px; } .diff span { display:block; padding:0 16px; min-width:max-content; white-space:pre; } .diff .add { background:var(--add); } .diff .del { background:var(--del); } .diff .hunk { background:var(--hunk); color:var(--muted); }
.plus { color:var(--green); font-weight:600; } .minus { color:var(--red); font-weight:600; }
.tabs { display:flex; gap:4px; border-bottom:1px solid var(--line); margin:16px 0 20px; } .tabs a { padding:8px 14px; color:var(--fg); border-bottom:2px solid transparent; } .tabs a.here { border-color:#fd8c73; font-weight:600; }
.columns { display:grid; grid-template-columns:minmax(0,1fr) 260px; gap:28px; } @media (max-width:800px) { .columns { display:block; } }
aside h3 { font-size:12px; color:var(--muted); margin:0 0 6px; } aside section { border-bottom:1px solid var(--line); padding:0 0 14px; margin-bottom:14px; } aside ul { list-style:none; padding:0; margin:0; }
`;
