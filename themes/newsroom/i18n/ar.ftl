# جميع نصوص القالب بالعربية.
# ‏$count يختار صيغة العدد، و‏$number هو العدد نفسه مكتوبًا بأرقام اللغة.

## الأنواع والقوائم والعناوين التي يطلبها المولّد
kind-news = خبر
kind-news-plural = الأخبار
kind-press-release = بيان صحفي
kind-press-release-plural = البيانات الصحفية
kind-speech = كلمة
kind-speech-plural = الكلمات
kind-statement = تصريح
kind-statement-plural = التصريحات
kind-advisory = تنويه لوسائل الإعلام
kind-advisory-plural = تنويهات لوسائل الإعلام
kind-opinion = مقال رأي
kind-opinion-plural = مقالات الرأي
kind-video = فيديو
kind-video-plural = مقاطع الفيديو
kind-photo = صورة
kind-photo-plural = الصور
taxonomy-topics = المواضيع
taxonomy-people = الشخصيات
taxonomy-places = الأماكن
taxonomy-events = الفعاليات
video-list = مقاطع الفيديو
home-title = { $site }
not-found-title = الصفحة غير موجودة
gone-title = سُحبت هذه الصفحة
resting-title = خدمة الحسابات متوقفة مؤقتًا

## حول كل صفحة
skip = انتقل إلى المحتوى
languages = اللغات
sections = الأقسام
breadcrumbs = موقعك الآن
by-kind = حسب النوع
by-subject = حسب الموضوع
this-site = هذا الموقع
contacts = جهات الاتصال الصحفية
contact = للتواصل
feed-atom = تغذية Atom
feed-json = تغذية JSON

## الصفحة الرئيسية
latest = آخر المستجدات
earlier = قبل ذلك
topics = المواضيع
latest-videos = أحدث مقاطع الفيديو
all-videos = جميع مقاطع الفيديو
for-media = لوسائل الإعلام
for-media-video = مقاطعنا المصوّرة متاحة مجانًا للاستخدام التحريري بجودة البث، ومعها قائمة اللقطات والنص الكامل.
feeds = التغذيات الإخبارية
nothing-yet = لم يُنشر شيء هنا بعد.

## القوائم
story-count =
    { $count ->
        [zero] لا مواد
        [one] مادة واحدة
        [two] مادتان
        [few] { $number } مواد
        [many] { $number } مادة
       *[other] { $number } مادة
    }
video-count =
    { $count ->
        [zero] لا مقاطع فيديو
        [one] مقطع فيديو واحد
        [two] مقطعا فيديو
        [few] { $number } مقاطع فيديو
        [many] { $number } مقطع فيديو
       *[other] { $number } مقطع فيديو
    }
term-count =
    { $count ->
        [zero] لا مداخل
        [one] مدخل واحد
        [two] مدخلان
        [few] { $number } مداخل
        [many] { $number } مدخلًا
       *[other] { $number } مدخل
    }
archive-title = { $list }، { $period }
page-number = الصفحة { $number } عدًّا من الأقدم
pages = صفحات هذه القائمة
newer = الأحدث
older = الأقدم
by-date = حسب التاريخ
follow-all = تابع كل ما ننشره:
follow = تابع هذه القائمة:

## المقالات
updated = حُدّث في
by = بقلم { $names }
list-comma = { "، " }
toc = المحتويات
video = فيديو
corrected =
    { $count ->
        [one] مُصحَّح
        [two] مُصحَّح، ملاحظتان
        [few] مُصحَّح، { $count } ملاحظات
       *[other] مُصحَّح، { $count } ملاحظة
    }
corrections =
    { $count ->
        [one] تصحيح
        [two] تصحيحان
       *[other] تصحيحات
    }
broadcast-video = فيديو بجودة البث
also-in = متاح أيضًا باللغات التالية
subjects = المزيد عن
share = مشاركة
send-by-mail = إرسال بالبريد الإلكتروني
copy = نسخ
copy-address = نسخ العنوان
copied = تم النسخ
print = طباعة
related = مواد ذات صلة
neighbours = المزيد من { $section }
previous-story = السابق
next-story = التالي

## الفيديو
duration = المدة
video-more = قائمة اللقطات والنص الكامل وملفات للتنزيل
play-file = تشغيل ملف الفيديو
player-failed = يتعذّر تشغيل الفيديو الآن. تجدون أدناه قائمة اللقطات والنص الكامل؛ يُرجى المحاولة لاحقًا.
player-keys = عند تفعيل المشغّل: ‎K‎ للتشغيل والإيقاف، و‎J‎ و‎L‎ للرجوع والتقدّم عشر ثوانٍ، والفاصلة والنقطة للانتقال إطارًا واحدًا.
no-preview = لا تتوفر معاينة للتشغيل.
on-this-page = في هذه الصفحة
files = ملفات للتنزيل
files-caption = ملفات «{ $title }»
terms-apply = ما يجوز لكم فعله بهذه الملفات:
terms-version = الإصدار { $version }
file = الملف
format = الصيغة
picture = الصورة
frame-rate = معدل الإطارات
audio = الصوت
size = الحجم
access = الإتاحة
bytes-exact =
    { $count ->
        [zero] لا بايتات
        [one] بايت واحد
        [two] بايتان
        [few] { $number } بايتات
        [many] { $number } بايتًا
       *[other] { $number } بايت
    }
free-account = يلزم حساب مجاني
free-account-why = تتطلب الملفات بجودة البث حسابًا. التسجيل مجاني ومفتوح للجميع.
download = تنزيل
checksums = المجاميع الاختبارية (SHA-256)
checksums-hint = يكون الملف قد وصل كاملًا إذا طابق مجموعه الاختباري SHA-256 ما هو مدرج أدناه.
copy-checksum = نسخ المجموع الاختباري للملف { $file }
with-curl = التنزيل باستخدام curl
with-curl-hint = إذا انقطع التنزيل فأعيدوا الأمر نفسه: يُستأنف من حيث توقف.
copy-command = نسخ الأمر الخاص بالملف { $file }
shotlist = قائمة اللقطات
play-from = تشغيل من { $time }
transcript = النص الكامل
shown-in = ورد في

## طريق للمتابعة
not-found-text = لا توجد صفحة على هذا العنوان. قد يكون فيه خطأ مطبعي، أو يكون الرابط الذي أوصلكم إليه قديمًا.
not-found-hint = تحققوا من العنوان، أو تابعوا من إحدى هذه الصفحات.
gone-text = نُشر محتوى هذه الصفحة هنا ثم سُحب، ولن يعود إلى هذا العنوان.
gone-hint = لمعرفة الأسباب يُرجى سؤال المكتب الصحفي. أما سائر المحتوى فباقٍ في مكانه.
resting-text = لا تستجيب خدمة الحسابات الآن، ولذلك يتأخر قليلًا تسجيل الدخول وتنزيل الملفات بجودة البث.
resting-hint = يمكنكم قراءة جميع المواد والصور وقوائم اللقطات والنصوص كالمعتاد. يُرجى المحاولة بعد دقائق.
ways-on = إلى أين من هنا
front-page = الصفحة الرئيسية
ask = اسألونا
moved-title = انتقلت هذه الصفحة
moved-link = الذهاب إلى عنوانها الجديد

# Asked for by the generator: the way back from a footnote
footnote-back = العودة إلى النص
