"""Style and script of the HTML report. Both are allowed by their hash, nothing else is."""

from __future__ import annotations

from typing import Final

CSS: Final = """
:root{--ink:#1c2733;--soft:#4f5a66;--line:#c9d0d7;--pale:#f4f6f8;--fail:#b3161b;--indeterminate:#8a5a00;
--not_evaluated:#4a5561;--pass:#1d6b34;--nothing:#51307a;--link:#0b4f8a}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;scroll-behavior:smooth}
body{margin:0;color:var(--ink);background:#e9edf1;font:15px/1.5 system-ui,"Segoe UI","Liberation Sans",Arial,sans-serif}
main{max-width:1120px;margin:0 auto;padding:26px 36px 48px;background:#fff}
a{color:var(--link)}
a:focus-visible,summary:focus-visible,input:focus-visible,button:focus-visible,[tabindex]:focus-visible{
outline:3px solid #e08a00;outline-offset:2px}
.skip{position:absolute;left:-9999px}
.skip:focus{left:8px;top:8px;background:#fff;padding:6px 10px;z-index:2}
h1,h2,h3,h4{line-height:1.25;margin:0}
h2{font-size:21px;margin:38px 0 12px;padding-bottom:6px;border-bottom:2px solid var(--ink)}
h3{font-size:16.5px;margin:24px 0 8px}
p{margin:6px 0}
code,.mono{font-family:ui-monospace,"Cascadia Mono","Liberation Mono",Consolas,monospace;font-size:.88em;
overflow-wrap:anywhere}
.soft{color:var(--soft)}
.block{display:grid;grid-template-columns:1.5fr 1fr 1fr;border:1.5px solid var(--ink)}
.block>div{padding:8px 12px;border:.5px solid var(--line);min-width:0}
.block .head{grid-row:span 3;padding:14px 16px}
.block .head h1{font-size:27px;margin-top:4px;overflow-wrap:anywhere}
.block dt,.label{font-size:11.5px;letter-spacing:.03em;color:var(--soft);text-transform:uppercase}
.block dd{margin:0;overflow-wrap:anywhere}
.banner{display:flex;gap:20px;align-items:center;margin:20px 0 0;padding:18px 22px;color:#fff;border-radius:4px}
.banner .sign{font-size:46px;line-height:1;font-weight:700;width:56px;text-align:center;flex:none}
.banner h2{border:0;margin:0;padding:0;font-size:25px;color:#fff}
.banner p{margin:4px 0 0}
.banner.fail{background:var(--fail)}.banner.open{background:var(--indeterminate)}
.banner.pass{background:var(--pass)}
.banner.nothing_examined{background:var(--nothing);background-image:repeating-linear-gradient(135deg,
rgba(0,0,0,.16) 0 12px,transparent 12px 24px)}
nav{margin:14px 0 0}
nav ul{list-style:none;margin:0;padding:0;display:flex;flex-wrap:wrap;gap:4px 18px}
.wide{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:14px}
th,td{text-align:left;vertical-align:top;padding:5px 10px 5px 0;border-bottom:1px solid var(--line)}
thead th{font-size:12px;color:var(--soft);font-weight:600;border-bottom:1.5px solid var(--ink)}
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}
td.n{white-space:nowrap}
td.zero{color:var(--soft)}
td.hash{max-width:300px}
.narrow{max-width:660px}
.verdict{font-weight:700;white-space:nowrap}
.verdict.fail{color:var(--fail)}.verdict.indeterminate{color:var(--indeterminate)}
.verdict.not_evaluated{color:var(--not_evaluated)}.verdict.pass{color:var(--pass)}
.plan{overflow-x:auto;border:1px solid var(--line);padding:8px;margin-top:8px}
.plan svg{display:block;width:100%;height:auto;min-width:720px}
.rule{margin-top:26px}
.rulehead{background:var(--pale);border-left:5px solid var(--ink);padding:10px 14px}
.rulehead h3{margin:0}
.rulehead p{margin:3px 0 0;font-size:13.5px}
.finding{display:grid;grid-template-columns:minmax(0,1fr) minmax(0,460px);gap:6px 24px;padding:16px 0 18px;
border-bottom:1px solid var(--line);scroll-margin-top:8px}
.finding:target{background:#fff8e0}
.finding.bare{grid-template-columns:minmax(0,1fr)}
.finding header{grid-column:1/-1;display:flex;flex-wrap:wrap;gap:2px 12px;align-items:center}
.no{display:inline-block;min-width:30px;height:26px;line-height:26px;padding:0 7px;border-radius:13px;color:#fff;
font-weight:700;text-align:center;font-variant-numeric:tabular-nums}
.fail>header .no{background:var(--fail)}
.indeterminate>header .no{background:var(--indeterminate);border-radius:3px 13px}
.not_evaluated>header .no{background:var(--not_evaluated);border-radius:2px}
.finding h4{font-size:16.5px;grid-column:1/-1;overflow-wrap:anywhere}
.figures{display:flex;flex-wrap:wrap;gap:8px 26px;margin:4px 0 8px}
.figures div{min-width:84px}
.figures dt{font-size:11.5px;letter-spacing:.03em;color:var(--soft);text-transform:uppercase}
.figures dd{margin:0;font-size:20px;font-variant-numeric:tabular-nums;white-space:nowrap}
.figures .strong dd{font-weight:700}
.facts{display:grid;grid-template-columns:max-content minmax(0,1fr);gap:2px 14px;margin:0;font-size:14px}
.facts dt{color:var(--soft)}
.facts dd{margin:0;overflow-wrap:anywhere}
.tag{display:inline-block;font-size:12px;padding:0 7px;border:1px solid currentColor;border-radius:3px;
white-space:normal}
.tag.memory{color:#7a3d00;background:#fff3dd;font-weight:600}
.hint{margin:8px 0 0;padding:6px 10px;border-left:4px solid var(--link);background:#eef5fb}
figure{margin:0}
figure svg{display:block;width:100%;height:auto;border:1px solid var(--line)}
figure.shares{margin:12px 0 4px;max-width:560px}
figure.shares svg{border:0}
.plots{display:grid;grid-template-columns:repeat(auto-fill,minmax(380px,1fr));gap:10px 28px;margin-top:12px}
.plot{break-inside:avoid}
.plot p{font-size:13.5px;margin:0}
details{margin:8px 0}
summary{cursor:pointer;color:var(--link)}
pre{white-space:pre-wrap;overflow-wrap:anywhere;font-size:12.5px;margin:4px 0;background:var(--pale);padding:8px}
.controls{display:flex;flex-wrap:wrap;gap:6px 18px;align-items:center;padding:8px 12px;background:var(--pale);
margin-bottom:6px}
.controls label{white-space:nowrap}
.controls input[type=search]{font:inherit;padding:3px 7px;border:1px solid #6d7883;border-radius:3px;width:220px}
.doc{border-left:3px solid var(--line);padding:2px 0 2px 16px;margin:10px 0}
.doc h4{font-size:14.5px;margin:10px 0 2px}
.doc ul{margin:4px 0;padding-left:22px}
.scope{border:1.5px solid var(--ink);padding:12px 16px;margin-top:36px}
.scope h2{border:0;margin:0 0 4px;padding:0;font-size:17px}
[hidden]{display:none!important}
@media (prefers-reduced-motion:reduce){html{scroll-behavior:auto}}
@media screen and (max-width:820px){
main{padding:14px 14px 32px}
.block{grid-template-columns:1fr 1fr}.block .head{grid-row:auto;grid-column:1/-1}
.finding{grid-template-columns:minmax(0,1fr)}
.banner{padding:14px;gap:12px}.banner .sign{font-size:34px;width:38px}.banner h2{font-size:20px}
.facts{grid-template-columns:minmax(0,1fr)}.facts dd{margin-bottom:4px}
table{font-size:12.5px}th,td{padding-right:6px}thead th{font-size:11px}
}
@page{size:A4;margin:14mm 13mm}
@media print{
body{background:#fff;font-size:10.2pt}
main{max-width:none;padding:0}
nav,.controls,.skip,.noprint{display:none!important}
*{-webkit-print-color-adjust:exact;print-color-adjust:exact}
h2,h3,.rulehead{break-after:avoid}
.finding,.rulehead,.block,.banner,tr,.scope,figure{break-inside:avoid}
.finding header,.finding h4{break-after:avoid}
.plan,.plan svg{break-inside:avoid}
.rule{margin-top:14px}h2{margin-top:22px}
.finding{grid-template-columns:minmax(0,1fr) 78mm}
.finding.bare{grid-template-columns:minmax(0,1fr)}
.figures dd{font-size:13pt}
.plan{border:0;padding:0;overflow:visible}.plan svg{min-width:0}
.wide{overflow:visible}
table{font-size:8.8pt}
td.hash{max-width:52mm}
details::details-content{content-visibility:visible;display:block}
details>summary{list-style:none}
a{color:inherit;text-decoration:none}
.screen{background:none}
}
"""

# The page reads without it: it only adds the filter above the findings and opens folds for print.
SCRIPT: Final = """
(function(){
var box=document.querySelector('.controls');
if(box){
box.hidden=false;
var all=[].slice.call(document.querySelectorAll('.finding'));
var ticks=[].slice.call(box.querySelectorAll('input[type=checkbox]'));
var words=box.querySelector('input[type=search]');
var said=box.querySelector('output');
var show=function(){
var on={};ticks.forEach(function(t){on[t.value]=t.checked;});
var find=words.value.toLowerCase(),n=0;
all.forEach(function(f){
var yes=on[f.dataset.verdict]&&on[f.dataset.severity]&&f.textContent.toLowerCase().indexOf(find)>=0;
f.hidden=!yes;if(yes)n++;});
said.value=n+' / '+all.length+' '+said.dataset.words;};
ticks.forEach(function(t){t.addEventListener('change',show);});
words.addEventListener('input',show);show();
}
window.addEventListener('beforeprint',function(){
document.querySelectorAll('details').forEach(function(d){d.open=true;});});
})();
"""
