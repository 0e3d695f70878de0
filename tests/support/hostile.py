"""Hostile texts: input that tries to do more than be shown. Use them wherever users write.

Each of them, were it to run, calls `alert`, loads an address with `hostile` in it, or leaves an element or an
attribute that we never make. `tests/ui/test_hostile.py` shows what to look for.
"""

from typing import Final

_ELEMENTS: Final = (
    "<script>alert(1)</script>",
    "<ScRiPt src=//hostile.invalid/x.js></sCrIpT>",
    "<script/\u3000type=module>alert(1)</script >",
    "</script><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<img src=x onerror\n=\nalert(1) //",
    '<img src="x` `<script>alert(1)</script>"` `>',
    '<img/src="x"/onerror=alert(1)>',
    "<image src=x onerror=alert(1)>",
    "<IMG SRC=x ONERROR=&#x61;lert(1)>",
    "<svg onload=alert(1)>",
    "<svg><script>alert&#40;1)</script></svg>",
    "<svg><animate onbegin=alert(1) attributeName=x dur=1s>",
    '<svg><a xlink:href="javascript:alert(1)"><text y=20>here</text></a></svg>',
    '<svg><use href="data:image/svg+xml,<svg id=x onload=alert(1) xmlns=http://www.w3.org/2000/svg/>#x">',
    "<svg><foreignObject><iframe srcdoc='<script>alert(1)</script>'></foreignObject></svg>",
    "<svg><style><img src=x onerror=alert(1)></style></svg>",
    '<svg></p><style><a id="</style><img src=1 onerror=alert(1)>">',
    '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=alert(1)&gt;">',
    '<math href="javascript:alert(1)">here</math>',
    "<math><mi xlink:href='data:text/html,<script>alert(1)</script>'>here</mi></math>",
    "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "<iframe src=javascript:alert(1)></iframe>",
    '<iframe srcdoc="<script>parent.alert(1)</script>"></iframe>',
    "<object data=data:text/html,<script>alert(1)</script>></object>",
    "<embed src=//hostile.invalid/x.swf>",
    "<body onload=alert(1)>",
    "<details open ontoggle=alert(1)>here</details>",
    "<video><source onerror=alert(1)></video>",
    "<audio src=x onerror=alert(1)>",
    "<input autofocus onfocus=alert(1)>",
    "<select autofocus onfocus=alert(1)>",
    "<textarea autofocus onfocus=alert(1)></textarea>",
    "<marquee onstart=alert(1)>here</marquee>",
    "<button popovertarget=x>here</button><xss id=x popover onbeforetoggle=alert(1)>",
    "<a href=javascript:alert(1)>here</a>",
    "<a href=//hostile.invalid onclick=alert(1) id=chat name=chat>here</a>",
    "<base href=//hostile.invalid/>",
    "<link rel=stylesheet href=//hostile.invalid/x.css>",
    "<meta http-equiv=refresh content='0;url=javascript:alert(1)'>",
    "<style>@import '//hostile.invalid/x.css'; * { display: none }</style>",
    '<div style="background:url(//hostile.invalid/x.png);position:fixed;inset:0">here</div>',
    "<template><script>alert(1)</script></template>",
    "<template shadowrootmode=open><slot onslotchange=alert(1)></slot></template>",
    '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
    "<form action=javascript:alert(1)><button>here</button></form>",
    "<form id=x><input name=parentNode><input name=attributes></form>",
    "<xss tabindex=1 onfocusin=alert(1) autofocus>here</xss>",
    "<portal src=//hostile.invalid></portal>",
    "<dialog open onclose=alert(1)><form method=dialog><button>here</button></form></dialog>",
)

_BREAKOUTS: Final = (
    '"><img src=x onerror=alert(1)>',
    "'><img src=x onerror=alert(1)>",
    '" onmouseover="alert(1)" x="',
    "' autofocus onfocus='alert(1)' x='",
    "--><script>alert(1)</script><!--",
    "]]><script>alert(1)</script>",
    "</title><script>alert(1)</script>",
    "</textarea><script>alert(1)</script>",
    "</style><script>alert(1)</script>",
    "javascript:alert(1)//'\"--></script><script>alert(1)</script>",
    "jaVasCript:/*-/*`/*\\`/*'/*\"/**/(/* */oNcliCk=alert(1) )//%0D%0A//"
    "</stYle/</titLe/</scRipt/--!>\\x3csVg/<sVg/oNloAd=alert(1)//>",
    "{{constructor.constructor('alert(1)')()}} ${alert(1)} <%= alert(1) %> #{alert(1)}",
    "{% load static %}{{ request.user }}{% include 'base.html' %}",
)

_LINKS: Final = (
    "[here](javascript:alert(1))",
    "[here](JaVaScRiPt&colon;alert(1))",
    "[here](javascript&#58;alert(1))",
    "[here](java\tscript:alert(1))",
    "[here](<java\u200bscript:alert(1)>)",
    "[here](&#1;javascript:alert(1))",
    "[here](&#x6A;&#x61;vascript:alert(1))",
    "[here](vbscript:msgbox(1))",
    "[here](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)",
    "[here](blob:http://hostile.invalid/x)",
    "[here](file:///etc/passwd)",
    "[here](//hostile.invalid)",
    "[here](/admin/logout)",
    "[here](https://wschat.example@hostile.invalid/)",
    "[https://wschat.example](https://hostile.invalid)",
    "[wschat.example/room](https://hostile.invalid)",
    '[here](https://hostile.invalid "a\\" onmouseover=alert(1) \\"")',
    '[here](https://hostile.invalid/"onmouseover=alert(1)//)',
    "[here](https://hostile.invalid/'><script>alert(1)</script>)",
    "[<img src=x onerror=alert(1)>](https://hostile.invalid)",
    "[a](https://hostile.invalid/[b](javascript:alert(1)))",
    '![x](x"onerror="alert(1))',
    "![x](https://hostile.invalid/x.png)",
    '![x"onerror="alert(1)](//hostile.invalid/x.png)',
    "<javascript:alert(1)>",
    "<data:text/html,<script>alert(1)</script>>",
    "[x]: javascript:alert(1)\n\n[x] [here][x]",
    "http://hostile.invalid/<script>alert(1)</script>",
    '```"><img/src=x/onerror=alert(1)>\nhere\n```',
    "`<script>alert(1)</script>` ``<img src=x onerror=alert(1)>``",
)

_CHARACTERS: Final = (
    "\uff1cscript\uff1ealert(1)\uff1c/script\uff1e",
    "&lt;script&gt;alert(1)&lt;/script&gt; &amp;lt;img src=x onerror=alert(1)&amp;gt;",
    "%3Cscript%3Ealert(1)%3C/script%3E \\u003cscript\\u003ealert(1)\\u003c/script\\u003e",
    "\u202e<gpj.exe> \u2066hidden\u2069 \u200f\u200d\ufeff\u2028\u2029here",
    "<img src=x\u00a0onerror=alert(1)><\u200bscript>alert(1)</\u200bscript>",
    "H" + "\u0300\u0489\u0336" * 60 + "ere",
    "<" * 300 + "script" + ">" * 300,
)

HOSTILE: Final = (*_ELEMENTS, *_BREAKOUTS, *_LINKS, *_CHARACTERS)

# Too large, too deep, or written to keep a parser busy. Up to 10,000 characters each.
_REPEATED: Final = (
    *("*", "_", "`", "~", "[", "]", "(", "<", ">", "!", "|", "#", "-", "\\", "&", "\n", " ", "\u00a0"),
    *("> ", "- ", "1. ", "* ", "**a ", "*a **b ", "a**", "_a", "a_b_", "__a]", "~~a *a ", "`a", "``a`"),
    *("[a](", "![", "[[a]", "](", "[a](b", "<a ", "<!--", "&#", "www.a.", "http://", "a@b.", "@ann "),
    *("```\n", "> > \n", "- \n", "a|b\n-|-\n", "> a\n- b\n", "x\n>", "a\n=\n", "[a]: b\n", "e\u0300", "👍🏽"),
    *("<div>", "<b><i>", "<svg><math>", "- [ ] ", "a\u200d", "\t", "W"),
)
HEAVY: Final = (
    *((unit * 10_000)[:10_000] for unit in _REPEATED),
    "".join(" " * depth * 2 + "- a\n" for depth in range(95)),
    "".join(">" * depth + " a\n" for depth in range(138)),
    "*a **b " * 700 + "** *" * 700,
    "~~a *a " * 700 + "* ~~" * 700,
    "[" * 5_000 + "](https://a.example)" * 250,
)
