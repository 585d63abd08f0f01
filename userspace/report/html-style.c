// SPDX-License-Identifier: GPL-2.0-or-later
#include "html.h"

/*
 * Colours meet 4.5:1 on their grounds in both schemes.  Plots take percentages
 * for time and pixels for everything else, so that text keeps its size on any
 * screen.
 */
static const char light[] =
	"--bg:#f7f8fa;--card:#fff;--ink:#16191d;--soft:#565f6b;--line:#dfe3e8;--grid:#e9ecf0;"
	"--good:#17724a;--warn:#9a5b00;--bad:#b42318;--goodbg:#e4f4ec;--warnbg:#fdf1dc;"
	"--badbg:#fde8e6;--err:#c2352b;--sus:#a86200;--det:#1f5bd0;--iso:#0b6e85;--pro:#8a5a14;"
	"--ser:#17724a;--red:#7440b5;--fab:#5a6472;--dot:#8b97a5;--out:#c2352b1c;--band:#1f5bd022;"
	"--hatch:#8b97a5;";
static const char dark[] =
	"--bg:#101317;--card:#181c22;--ink:#e9ebee;--soft:#a0aab6;--line:#2b323b;--grid:#242a32;"
	"--good:#5bd39a;--warn:#e8b25a;--bad:#ff8a80;--goodbg:#143325;--warnbg:#3a2c10;"
	"--badbg:#421b18;--err:#ff8a80;--sus:#e8b25a;--det:#7fb0ff;--iso:#5fc9de;--pro:#dcb878;"
	"--ser:#5bd39a;--red:#c9a4ff;--fab:#a0aab6;--dot:#7c8896;--out:#ff8a8026;--band:#7fb0ff2b;"
	"--hatch:#7c8896;";

static const char page[] =
	"*{box-sizing:border-box}"
	"html{-webkit-text-size-adjust:100%}"
	"body{margin:0;background:var(--bg);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"
	"\"Segoe UI\",Roboto,\"Noto Sans\",\"DejaVu Sans\",sans-serif;"
	"font-variant-numeric:tabular-nums}"
	"main,header,footer{max-width:62rem;margin:0 auto;padding:0 1.25rem}"
	"header{padding-top:2rem}"
	".kicker{display:flex;flex-wrap:wrap;gap:.4rem .9rem;align-items:center;color:var(--soft);"
	"font-size:.87rem}"
	".kicker b{color:var(--ink)}"
	"h1{font-size:clamp(1.5rem,1.1rem + 2vw,2.3rem);line-height:1.18;letter-spacing:-.015em;"
	"margin:1.1rem 0 .5rem;font-weight:650;text-wrap:balance}"
	".sub{color:var(--soft);margin:0;max-width:46rem;font-size:1.02rem}"
	".about{margin-top:.2rem;font-size:.95rem}"
	"h2{font-size:1.12rem;margin:2.6rem 0 .25rem;font-weight:650;letter-spacing:-.005em}"
	".lead{color:var(--soft);margin:0 0 .9rem;max-width:46rem;font-size:.92rem}"
	".badge{display:inline-block;border-radius:99px;padding:.08rem .65rem;font-size:.8rem;"
	"font-weight:600;line-height:1.5}"
	".pass{color:var(--good);background:var(--goodbg)}"
	".fail{color:var(--bad);background:var(--badbg)}"
	".inconclusive,.aborted{color:var(--warn);background:var(--warnbg)}"
	".tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(11.5rem,1fr));gap:.75rem;"
	"margin:1.6rem 0 0;padding:0}"
	".tile,.card{background:var(--card);border:1px solid var(--line);border-radius:10px}"
	".tile{padding:.8rem 1rem .85rem}"
	".tile dt{color:var(--soft);font-size:.83rem}"
	".tile dd{margin:0;font-size:1.55rem;font-weight:600;"
	"letter-spacing:-.01em;line-height:1.35}"
	".tile dd+dd{font-size:.83rem;font-weight:400;color:var(--soft);letter-spacing:0;"
	"line-height:1.4}"
	".card{padding:.4rem 1rem}"
	"ul.says{list-style:none;margin:1rem 0 0;padding:.35rem 1rem}"
	"ul.says li{display:grid;grid-template-columns:1.5rem 1fr;padding:.42rem 0}"
	"ul.says li+li{border-top:1px solid var(--line)}"
	".mark{font-weight:700}.good .mark{color:var(--good)}.warn .mark{color:var(--warn)}"
	".note{color:var(--soft)}";

static const char tables[] =
	".scroll{overflow-x:auto;padding:.2rem 0}"
	"table{border-collapse:collapse;width:100%;font-size:.88rem}"
	"th,td{padding:.42rem .55rem;text-align:right;white-space:nowrap}"
	"th{font-weight:500;color:var(--soft);font-size:.82rem}"
	"thead th{border-bottom:1px solid var(--line);vertical-align:bottom}"
	"tbody tr+tr>*{border-top:1px solid var(--grid)}"
	"tbody th{color:var(--ink);font-size:inherit}"
	"th:first-child,td:first-child,.l{text-align:left}"
	".l{white-space:normal}"
	".mono{font-family:ui-monospace,\"SF Mono\",Menlo,Consolas,\"DejaVu Sans Mono\",monospace;"
	"font-size:.92em}"
	".nil{color:var(--soft)}.strong{font-weight:650}.pm{color:var(--soft);font-size:.9em}"
	"caption{text-align:left;color:var(--soft);font-size:.83rem;padding:.45rem .55rem .2rem}"
	"details{margin:.6rem 0}summary{cursor:pointer;color:var(--soft);font-size:.92rem}"
	"pre{overflow-x:auto;margin:.6rem 0;padding:.8rem 1rem;background:var(--card);"
	"border:1px solid var(--line);border-radius:10px;font-size:.83rem;line-height:1.45}"
	"dl.words{display:grid;grid-template-columns:9rem 1fr;gap:.4rem 1rem;margin:.8rem 0;"
	"padding:.7rem 1rem;font-size:.9rem}"
	"dl.words dt{font-weight:600}dl.words dd{margin:0;color:var(--soft)}"
	"footer{color:var(--soft);font-size:.83rem;padding-top:2.5rem;padding-bottom:2.5rem}"
	"a{color:var(--det)}";

static const char plots[] =
	"figure{margin:.75rem 0;padding:.75rem 1rem .5rem}"
	"figcaption{display:flex;flex-wrap:wrap;gap:.15rem .9rem;align-items:baseline;"
	"font-size:.88rem;color:var(--soft);margin-bottom:.35rem}"
	"figcaption b{color:var(--ink);font-weight:650}"
	".plot{display:grid;grid-template-columns:6.2rem minmax(0,1fr) 9.2rem;column-gap:.8rem;"
	"font-size:.86rem}"
	".plot>div>div{height:26px;line-height:26px;white-space:nowrap;overflow:hidden;"
	"text-overflow:ellipsis}"
	".plot>div>div.two{height:52px;line-height:1.35;padding-top:8px;white-space:normal}"
	".names>div.two{padding-top:16px}"
	".plot>div>div.tall{height:72px;line-height:1.35;padding-top:24px;white-space:normal}"
	".names{color:var(--soft)}.vals b{font-weight:600}"
	"svg.p{display:block;width:100%;overflow:visible}"
	"svg.d{position:absolute;width:0;height:0}"
	".tick{font-size:11px;fill:var(--soft);text-anchor:middle}"
	".ylab{font-size:10px;fill:var(--soft);text-anchor:start;paint-order:stroke;"
	"stroke:var(--card);stroke-width:3px}"
	".grid{stroke:var(--grid)}.zero{stroke:var(--ink);stroke-width:1.5}"
	".lane{stroke:var(--grid)}"
	".out{fill:var(--out)}.whisk{stroke-width:2}.wait{stroke-width:2;stroke-dasharray:3 4}"
	".band{fill:var(--band)}.exp{fill:none;stroke:var(--hatch);stroke-dasharray:4 3}"
	".expkey{display:inline-block;width:1.5rem;height:.7rem;border:1px dashed var(--hatch)}"
	".bandkey{display:inline-block;width:1.5rem;height:.7rem;background:var(--band)}"
	".outkey{display:inline-block;width:1.5rem;height:.7rem;background:var(--out)}"
	".med{stroke-width:2.5}"
	".graph{fill:none;stroke:var(--det);stroke-width:1.5}.graphbase{stroke:var(--line)}"
	".ok{fill:var(--dot)}.late{fill:none;stroke:var(--sus);stroke-width:1.5}"
	".lost{stroke:var(--err);stroke-width:1.6;fill:none}"
	".err{fill:var(--err);stroke:var(--err)}.sus{fill:var(--sus);stroke:var(--sus)}"
	".det{fill:var(--det);stroke:var(--det)}.iso{fill:var(--iso);stroke:var(--iso)}"
	".pro{fill:var(--pro);stroke:var(--pro)}.ser{fill:var(--ser);stroke:var(--ser)}"
	".red{fill:var(--red);stroke:var(--red)}.fab{fill:var(--fab);stroke:var(--fab)}"
	".key{display:flex;flex-wrap:wrap;gap:.3rem 1.1rem;color:var(--soft);font-size:.85rem;"
	"margin:.3rem 0 .2rem}"
	".key span{display:inline-flex;align-items:center;gap:.4rem}"
	".key svg{width:14px;height:14px;overflow:visible}";

static const char media[] =
	"@media (max-width:44rem){main,header,footer{padding-left:.85rem;padding-right:.85rem}"
	".plot{grid-template-columns:4.4rem minmax(0,1fr) 5.6rem;column-gap:.5rem;font-size:.78rem}"
	".tick.odd,.plot .vals .pm{display:none}"
	"figure{padding:.6rem .7rem .4rem}th,td{padding:.4rem .55rem}.tile dd{font-size:1.3rem}"
	".tiles{grid-template-columns:1fr 1fr}dl.words{grid-template-columns:1fr;gap:.1rem}"
	"dl.words dd{margin-bottom:.6rem}.plot .src{display:none}}"
	"@media print{body{background:#fff;font-size:11px}main,header,footer{max-width:none}"
	"figure,.tile,tr,ul.says li{break-inside:avoid}h2{break-after:avoid}"
	"*{print-color-adjust:exact;-webkit-print-color-adjust:exact}}";

void fdr_html_style(FILE *f)
{
	fprintf(f, "<style>:root{color-scheme:light dark;%s}"
		"@media (prefers-color-scheme:dark){:root{%s}}"
		"@media print{:root{color-scheme:light;%s}}%s%s%s%s</style>\n",
		light, dark, light, page, tables, plots, media);
}

/* Drawn around (0, 0); colour and stroke come from where they are used. */
void fdr_html_symbols(FILE *f)
{
	fputs("<svg class=\"d\" aria-hidden=\"true\"><defs>"
	      "<path id=\"err\" d=\"M-4.5-4.5 4.5 4.5M-4.5 4.5 4.5-4.5\" stroke-width=\"2.4\"/>"
	      "<path id=\"sus\" d=\"M0-5.5 5.5 4.5H-5.5z\"/>"
	      "<path id=\"det\" d=\"M0-6.5 6.5 0 0 6.5-6.5 0z\"/>"
	      "<path id=\"iso\" d=\"M-4.5-4.5H4.5V4.5H-4.5z\"/>"
	      "<path id=\"pro\" d=\"M0 5.5 5.5-4.5H-5.5z\"/>"
	      "<circle id=\"ser\" r=\"5\"/>"
	      "<path id=\"red\" d=\"M-3-5.5H3L5.5 0 3 5.5H-3L-5.5 0z\"/>"
	      "<path id=\"fab\" d=\"M-5.5 0 4.5-5.5V5.5z\"/>"
	      "<path id=\"lost\" d=\"M-2.6-2.6 2.6 2.6M-2.6 2.6 2.6-2.6\"/>"
	      "<path id=\"later\" d=\"M-7-5 2 0-7 5z\"/>"
	      "</defs></svg>\n", f);
}
