//! A theme in which every template says its facts in lines `name: value`, so that a test reads them.

/// Files below `themes/plain/`.
pub const FILES: &[(&str, &str)] = &[
    (
        "templates/root.html",
        "ROOT\nhome: {{ site.home }}\ncanonical: {{ page.canonical }}\nalternates: {% for a in page.alternates %}[{{ a.code }} {{ a.url }}]{% endfor %}\n",
    ),
    ("templates/home.html", HOME),
    ("templates/article.html", ARTICLE),
    ("templates/list.html", LIST),
    ("templates/archive.html", LIST),
    (
        "templates/taxonomy.html",
        "TAXONOMY {{ taxonomy.name }}\ntitle: {{ taxonomy.title }}\nterms: {% for x in taxonomy.terms %}[{{ x.title }} {{ x.url }} {{ x.count }}]{% endfor %}\n",
    ),
    (
        "templates/page.html",
        "PAGE {{ article.title }}\nurl: {{ article.url }}\nalternates: {% for a in page.alternates %}[{{ a.code }} {{ a.url }}]{% endfor %}\nbody:\n{{ article.body }}",
    ),
    ("templates/video.html", VIDEO),
    (
        "templates/404.html",
        "NOTICE 404 {{ lang.code }}\ntitle: {{ page.title }}\n",
    ),
    (
        "templates/410.html",
        "NOTICE 410 {{ lang.code }}\ntitle: {{ page.title }}\n",
    ),
    (
        "templates/resting.html",
        "NOTICE resting {{ lang.code }}\ntitle: {{ page.title }}\n",
    ),
    (
        "templates/redirect.html",
        "REDIRECT\ntarget: {{ target }}\nurl: {{ page.url }}\n",
    ),
    ("templates/feed.xml", FEED),
    (
        "templates/feed.json",
        "{\"home\": {{ feed.home | json }}, \"items\": [{% for e in feed.entries %}{\"id\": {{ e.canonical | json }}, \"title\": {{ e.title | json }}, \"text\": {{ e.content | json }}}{% if not loop.last %},{% endif %}{% endfor %}]}",
    ),
    (
        "templates/sitemap-index.xml",
        "<sitemapindex>{% for s in sitemaps %}<sitemap><loc>{{ s.loc }}</loc>{% if s.lastmod %}<lastmod>{{ s.lastmod }}</lastmod>{% endif %}</sitemap>{% endfor %}</sitemapindex>",
    ),
    (
        "templates/sitemap.xml",
        "<urlset>{% for e in entries %}<url><loc>{{ e.loc }}</loc>{% if e.lastmod %}<lastmod>{{ e.lastmod }}</lastmod>{% endif %}{% for a in e.alternates %}<link code=\"{{ a.code }}\" href=\"{{ a.href }}\"/>{% endfor %}{% if e.x_default %}<link code=\"x-default\" href=\"{{ e.x_default }}\"/>{% endif %}</url>{% endfor %}</urlset>",
    ),
    (
        "templates/robots.txt",
        "Sitemap: {{ \"/sitemap.xml\" | absolute }}\n",
    ),
    ("components/blocks.html", BLOCKS),
    (
        "assets/css/site.css",
        "@import \"_base.css\";\n.mark {\n  background: url(../img/mark.svg);\n}\n",
    ),
    ("assets/css/_base.css", "body {\n  margin: 0px;\n}\n"),
    (
        "assets/img/mark.svg",
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"8\" height=\"8\"/>",
    ),
    ("i18n/en.ftl", EN),
    ("i18n/fr.ftl", FR),
];

/// The templates of press kits, which most tests do without.
pub const KITS: &[(&str, &str)] = &[
    (
        "templates/press-kit/captions.txt",
        "{{ story.title }} {{ lang.code }}\n{% for p in pictures %}{{ p.file }}|{{ p.caption }}|{{ p.credit }}|{{ p.copyright }}\n{% endfor %}",
    ),
    (
        "templates/press-kit/rights.txt",
        "{% for c in site.contacts %}{{ c.name }}{% endfor %}\n",
    ),
    (
        "templates/press-kit/text.txt",
        "{{ story.title }}\nlead: {{ story.lead }}\ncontact: {% if story.contact %}{{ story.contact.name }}{% endif %}\n{% for s in story.shots %}{{ s.timecode }} {{ s.text }}\n{% endfor %}{{ story.text }}\n{{ story.transcript }}\n",
    ),
    (
        "templates/press-kit/text.html",
        "<title>{{ story.title }}</title>{{ story.body }}{{ story.transcript_html }}",
    ),
];

const HOME: &str = r#"HOME {{ lang.code }} {{ lang.dir }}
lead: {% if home.lead %}{{ home.lead.title }}{% endif %}
latest: {% for c in home.latest %}[{{ c.title }}]{% endfor %}
videos: {% for v in home.videos %}[{{ v.title }}]{% endfor %}
topics: {% for x in home.topics %}[{{ x.title }} {{ x.url }}]{% endfor %}
sections: {% for s in site.sections %}[{{ s.title }} {{ s.url }}]{% endfor %}
kinds: {% for k in site.kinds %}[{{ k.title }} {{ k.url }}]{% endfor %}
taxonomies: {% for x in site.taxonomies %}[{{ x.title }} {{ x.url }}]{% endfor %}
footer: {% for p in site.footer %}[{{ p.title }} {{ p.url }}]{% endfor %}
video: {% if site.video_url %}{{ site.video_url }}{% endif %}
style: {{ asset(path="css/site.css") }}
<script type="application/ld+json">{{ page.structured_data }}</script>
"#;

const ARTICLE: &str = r#"ARTICLE {{ article.title }}
url: {{ article.url }}
canonical: {{ page.canonical }}
date: {{ article.date }}
day: {{ article.date | date(style="time") }}
updated: {% if article.updated %}{{ article.updated }}{% endif %}
kind: {{ article.kind }}
dateline: {% if article.dateline %}{{ article.dateline }}{% endif %}
lead: {% if article.lead %}{{ article.lead }}{% endif %}
section: {{ article.section.title }}
description: {{ page.description }}
image: {% if article.image %}{{ article.image.src }} {{ article.image.width }}x{{ article.image.height }} {{ article.image.alt }}{% endif %}
rights: {% if article.image %}{{ [article.image.alt, article.image.caption, article.image.credit, article.image.copyright] | json }}{% endif %}
authors: {% for a in article.authors %}[{{ a }}]{% endfor %}
words: {{ article.words }}
terms: {% for x in article.taxonomies %}{% for y in x.terms %}[{{ x.name }} {{ y.title }} {{ y.url }}]{% endfor %}{% endfor %}
corrections: {% for c in article.corrections %}[{{ c.date }} {{ c.note }}]{% endfor %}
contact: {% if article.contact %}{{ article.contact.name }}{% endif %}
media: {% for m in article.media %}[{{ m.title }}]{% endfor %}
kit: {% if article.press_kit %}{{ article.press_kit.url }} {{ article.press_kit.pictures }}{% endif %}
related: {% for c in article.related %}[{{ c.title }}]{% endfor %}
previous: {% if article.previous %}{{ article.previous.title }}{% endif %}
next: {% if article.next %}{{ article.next.title }}{% endif %}
extra: {{ article.extra | json }}
toc: {% for x in article.toc %}[{{ x.level }} {{ x.id }} {{ x.title }}]{% endfor %}
alternates: {% for a in page.alternates %}[{{ a.code }} {{ a.url }}]{% endfor %}
<script type="application/ld+json">{{ page.structured_data }}</script>
body:
{{ article.body }}"#;

const LIST: &str = r#"LIST {{ list.type }} {{ list.title }}
url: {{ page.url }}
items: {% for c in list.items %}[{{ c.title }}]{% endfor %}
number: {{ list.number }}
first: {{ list.first }}
total: {% if list.total is not none %}{{ list.total }}{% endif %}
newer: {% if list.newer %}{{ list.newer }}{% endif %}
older: {% if list.older %}{{ list.older }}{% endif %}
children: {% for c in list.children %}[{{ c.title }} {{ c.url }}]{% endfor %}
date: {% if list.date %}{{ list.precision }} {{ list.date }}{% endif %}
feed: {% if page.feed_url %}{{ page.feed_url }}{% endif %}
alternates: {% for a in page.alternates %}[{{ a.code }} {{ a.url }}]{% endfor %}
text: {% if list.text %}{{ list.text }}{% endif %}
"#;

const VIDEO: &str = r#"VIDEO {{ dossier.id }} {{ dossier.title }}
url: {{ dossier.url }}
duration: {{ dossier.duration | duration }}
poster: {% if dossier.poster %}{{ dossier.poster.src }}{% endif %}
preview: {% if dossier.preview %}{{ dossier.preview.url }}{% endif %}
captions: {% for c in dossier.captions %}[{{ c.lang }} {{ c.name }} {{ c.src }}]{% endfor %}
shots: {% for s in dossier.shots %}[{{ s.timecode }} {{ s.text }}]{% endfor %}
renditions: {% for r in dossier.renditions %}[{{ r.name }} {{ r.url }} {{ r.size | bytes }} {{ r.gated }}]{% endfor %}
terms: {% if dossier.terms %}{{ dossier.terms.version }} {{ dossier.terms.title }}{% if dossier.terms.url %} {{ dossier.terms.url }}{% endif %}{% endif %}
articles: {% for c in dossier.articles %}[{{ c.title }}]{% endfor %}
kit: {% if dossier.press_kit %}{{ dossier.press_kit.url }} {{ dossier.press_kit.pictures }}{% endif %}
transcript: {% if dossier.transcript %}{{ dossier.transcript }}{% endif %}
body:
{{ dossier.body }}"#;

const FEED: &str = r#"<feed><id>{{ feed.canonical }}</id><title>{{ feed.title }}</title><updated>{% if feed.updated %}{{ feed.updated }}{% endif %}</updated>{% for e in feed.entries %}
<entry><id>{{ e.canonical }}</id><title>{{ e.title }}</title><updated>{{ e.updated or e.date }}</updated>{% for c in e.categories %}<category term="{{ c }}"/>{% endfor %}{% for m in e.media %}<media title="{{ m.title }}"/>{% endfor %}{% for name in e.authors %}<author>{{ name }}</author>{% endfor %}{% if e.summary %}<summary>{{ e.summary }}</summary>{% endif %}{% if e.content %}<content>{{ e.content | escape_xml | safe }}</content>{% endif %}</entry>{% endfor %}</feed>"#;

const BLOCKS: &str = r#"{% component figure(image) %}<figure>{% if image %}{{ image.src }} {{ image.alt }} {{ image.width }}{% endif %}|{{ body }}</figure>{% endcomponent figure %}
{% component quote(by, role = none) %}<blockquote>{{ body }}{% if by %}<cite>{{ by }}</cite>{% endif %}</blockquote>{% endcomponent quote %}
{% component video(dossier) %}<video-block>{{ dossier.title }} {{ dossier.url }}</video-block>{% endcomponent video %}
{% component contact(contact) %}<contact-block>{{ contact.name }}</contact-block>{% endcomponent contact %}
"#;

const EN: &str = r#"kind-news-plural = News stories
kind-statement-plural = Statements
kind-speech-plural = Speeches
kind-press-release-plural = Press releases
video-list = Videos
taxonomy-topics = Topics
not-found-title = Not found
gone-title = Gone
resting-title = Resting
home-title = Home
footnote-back = Back
"#;

const FR: &str = r#"kind-news-plural = Nouvelles
kind-statement-plural = Déclarations
kind-speech-plural = Discours
kind-press-release-plural = Communiqués
video-list = Vidéos
taxonomy-topics = Sujets
not-found-title = Introuvable
gone-title = Parti
resting-title = Au repos
home-title = Accueil
footnote-back = Retour
"#;
