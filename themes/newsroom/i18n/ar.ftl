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
skip = الانتقال إلى المحتوى
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
for-media-video = مقاطع الفيديو متاحة مجانًا للاستخدام التحريري بجودة البث، ومعها قائمة اللقطات والنص الكامل.
for-media-account = تتطلب جودة البث حسابًا. التسجيل مجاني ومفتوح للجميع.
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
page-number = الصفحة { $number }، بدءًا من الأقدم
pages = صفحات هذه القائمة
newer = الأحدث
older = الأقدم
by-date = حسب التاريخ
follow-all = تابعوا كل ما ننشره:
follow = تابعوا هذه القائمة:
follow-videos = تابعوا مقاطع الفيديو:

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
        [few] مُصحَّح، { $number } ملاحظات
       *[other] مُصحَّح، { $number } ملاحظة
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

## الصور
picture-download = تنزيل (‎{ $width } × { $height }‎، { $size })
picture-words = التعليق والمصدر والشروط
copy-picture-words = نسخ التعليق والمصدر والشروط للملف { $file }
photo-place = صورة ‎{ $number } / { $count }‎
previous-photo = السابقة
next-photo = التالية
photo-keys = ينتقل السهمان الأيسر والأيمن في لوحة المفاتيح من صورة إلى أخرى.

## الملف الصحفي
press-kit = الملف الصحفي
press-kit-get =
    { $count ->
        [zero] { $number } صورة مع النصوص (ZIP)
        [one] صورة واحدة مع النصوص (ZIP)
        [two] صورتان مع النصوص (ZIP)
        [few] { $number } صور مع النصوص (ZIP)
        [many] { $number } صورة مع النصوص (ZIP)
       *[other] { $number } صورة مع النصوص (ZIP)
    }
press-kit-what = الصور الأصلية وتعليقاتها والنص بجميع اللغات.
kit-headline = العنوان: { $text }
kit-caption = التعليق: { $text }
kit-alt = الوصف: { $text }
kit-creator = المصور: { $text }
kit-credit = المصدر: { $text }
kit-copyright = حقوق النشر: { $text }
kit-terms = شروط الاستخدام: { $text }
kit-licence = الترخيص: { $text }
kit-licensor = تُطلب التراخيص من: { $text }
kit-place = المكان: { $text }
kit-date = التاريخ: { $text }
kit-source = نوع المصدر: { $text }
kit-rights = لمن تعود الصور وما يُسمح به
kit-contacts = للاستفسار

## الفيديو
duration = المدة
video-more = قائمة اللقطات والنص الكامل وملفات للتنزيل
play-file = تشغيل ملف الفيديو
player-failed = يتعذّر تشغيل الفيديو الآن. تجدون أدناه قائمة اللقطات والنص الكامل؛ يُرجى المحاولة لاحقًا.
player-keys = عند تفعيل المشغّل: ‎K‎ للتشغيل والإيقاف، و‎J‎ و‎L‎ للرجوع والتقدّم عشر ثوانٍ، والفاصلة والنقطة للانتقال إطارًا واحدًا.
no-preview = لا تتوفر معاينة.
on-this-page = في هذه الصفحة
files = ملفات للتنزيل
files-caption = ملفات «{ $title }»
terms-apply = ما يجوز لكم فعله بهذه الملفات:
terms-version = الإصدار ⁦{ $version }⁩
terms-accept = بتنزيل أي ملف تقبلون هذه الشروط.
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
checksums-hint = يكون التنزيل مكتملًا إذا طابق المجموع الاختباري SHA-256 للملف ما هو مدرج أدناه.
copy-checksum = نسخ المجموع الاختباري للملف { $file }
with-curl = التنزيل باستخدام curl
with-curl-hint = إذا انقطع التنزيل فأعيدوا تنفيذ الأمر نفسه: يُستأنف التنزيل من حيث توقف.
make-link = إنشاء رابط لأداة curl
make-link-hint = ليس للملفات التي تتطلب حسابًا عنوان دائم. ينشئ «إنشاء رابط لأداة curl» عنوانًا في صفحة حسابكم مع الأمر الجاهز للنسخ. يعمل العنوان مع curl وwget وaria2c حتى الوقت المذكور، ويمكنكم إنهاؤه هناك متى شئتم.
copy-command = نسخ الأمر الخاص بالملف { $file }
shotlist = قائمة اللقطات
play-from = تشغيل من { $time }
transcript = النص الكامل
shown-in = ورد في

## طريق للمتابعة
not-found-text = لا توجد صفحة على هذا العنوان. قد يكون في العنوان خطأ مطبعي، أو يكون الرابط قديمًا.
not-found-hint = تحققوا من العنوان، أو تابعوا من إحدى هذه الصفحات.
gone-text = نُشرت هذه الصفحة هنا ثم سُحبت، ولن تعود.
gone-hint = لمعرفة الأسباب يُرجى سؤال المكتب الصحفي. وما زال سائر المحتوى متاحًا.
resting-text = لا تستجيب خدمة الحسابات، ولذلك يتعذّر مؤقتًا تسجيل الدخول وتنزيل الملفات بجودة البث.
resting-hint = يمكنكم قراءة جميع المواد والصور وقوائم اللقطات والنصوص كالمعتاد. يُرجى المحاولة بعد دقائق.
ways-on = متابعة التصفح
front-page = الصفحة الرئيسية
ask = تواصلوا معنا
moved-title = انتقلت هذه الصفحة
moved-link = الذهاب إلى عنوانها الجديد

# يطلبه المولّد: العودة من حاشية
footnote-back = العودة إلى النص

## الحسابات
account = الحساب
account-home-title = حسابكم
account-register-title = إنشاء حساب
account-verify-title = أدخلوا الرمز المرسل إلى بريدكم الإلكتروني
account-welcome-title = حسابكم جاهز
account-login-title = تسجيل الدخول
account-reset-title = تعيين كلمة مرور جديدة
account-reset-verify-title = أدخلوا الرمز المرسل إلى بريدكم الإلكتروني
account-reset-new-password-title = اختاروا كلمة مرور جديدة
account-reset-done-title = حُفظت كلمة المرور الجديدة
account-password-title = تغيير كلمة المرور
account-address-title = تغيير عنوان البريد الإلكتروني
account-address-verify-title = أدخلوا الرمز المرسل إلى بريدكم الإلكتروني
account-address-undo-title = التراجع عن تغيير العنوان
account-address-text = سنرسل رمزًا إلى العنوان الجديد. وبعد إدخاله يحل العنوان الجديد محل القديم، ويُسجَّل خروج جميع الأجهزة الأخرى. وتبقى تنزيلاتكم وروابط التنزيل واشتراككم في النشرة كما هي.
account-address-hold = وسنرسل إشعارًا إلى العنوان القديم أيضًا، ويستطيع من يقرأ بريده التراجع عن التغيير خلال ثلاثة أيام. ويبقى العنوان القديم محجوزًا حتى ذلك الحين، ولا يمكن حذف الحساب.
account-address-new = عنوان البريد الإلكتروني الجديد
account-address-keep = الإبقاء على عنواني
account-address-verify-text = أرسلنا رسالة إلى العنوان الجديد. الرمز الوارد فيها صالح لمدة 30 دقيقة ولمرة واحدة. وإن كان للعنوان حساب من قبل فلا تحتوي الرسالة على رمز.
account-address-undo-text = إن غيّر شخص آخر عنوان حسابكم فأدخلوا الرمز الوارد في الإشعار الذي أرسلناه إلى عنوانكم القديم.
account-address-undo-then = يعود إلى حسابكم عنوانه القديم، ويُسجَّل خروج جميع الأجهزة، ويتوقف العمل بروابط التنزيل وبكلمة المرور، ثم تختارون كلمة مرور جديدة.
account-address-undo-code = الرمز الوارد في الإشعار
account-address-undo-hint = يتكون من 24 حرفًا ورقمًا، وهو صالح لمدة ثلاثة أيام في أي متصفح.
account-address-undo-button = التراجع عن التغيير
account-delete-title = حذف حسابكم
account-deleted-title = حُذف حسابكم
account-step = الخطوة { $step } من { $steps }
account-help = مساعدة
account-why = الحساب مجاني ومفتوح للجميع، ويتيح تنزيل مقاطع الفيديو بجودة البث.
account-not-needed = أما سائر ما في هذا الموقع فيُقرأ ويُشاهد بلا حساب.
account-have = لديكم حساب؟
account-open = فتح حسابي
account-open-hint = إن لم تكونوا قد سجلتم الدخول فسيُطلب ذلك أولًا.
account-none = ليس لديكم حساب بعد؟
account-create = إنشاء حساب
account-register-text = نطلب عنوان بريد إلكتروني وكلمة مرور، ولا شيء غيرهما.
account-email = عنوان البريد الإلكتروني
account-email-hint = سنرسل رمزًا إلى هذا العنوان للتأكد من أنه لكم.
account-password = كلمة المرور
account-new-password = كلمة المرور الجديدة
account-password-current = كلمة المرور الحالية
account-password-rules = كلمة المرور الجيدة:
account-send-code = إرسال الرمز
account-login-instead = لديكم حساب؟
account-register-instead = ليس لديكم حساب بعد؟
account-forgotten = نسيتم كلمة المرور؟
account-reset-text = أدخلوا عنوان بريدكم الإلكتروني. إن كان للعنوان حساب فسنرسل إليه رمزًا.
account-verify-text = أرسلنا رسالة إلى عنوانكم. الرمز الوارد فيها صالح لمدة 30 دقيقة ولمرة واحدة.
account-verify-known = إن كان للعنوان حساب من قبل فلا تحتوي الرسالة على رمز، بل تبيّن طريقة تسجيل الدخول.
account-reset-verify-text = إن كان لعنوانكم حساب فقد أرسلنا إليه رسالة. الرمز الوارد فيها صالح لمدة 30 دقيقة ولمرة واحدة.
account-code = الرمز
account-code-hint = ثمانية أرقام، مثل ⁦1234 5678⁩. أدخلوها في المتصفح الذي طلبتم الرمز منه.
account-go-on = متابعة
account-no-code = لم تصل الرسالة؟
account-no-code-text = قد يستغرق الأمر دقيقة أو دقيقتين. تحققوا أيضًا من مجلد البريد غير المرغوب فيه. يمكنكم طلب رمز جديد بعد دقيقة من آخر رمز، وعندها يتوقف العمل بالرمز القديم.
account-resend = إرسال رمز جديد
account-other-address = استخدام عنوان آخر
account-welcome-text = تأكد عنوانكم وسُجّل دخولكم. يمكنكم الآن تنزيل مقاطع الفيديو بجودة البث.
account-back = العودة إلى حيث كنتم
account-newsletter = النشرة البريدية
account-newsletter-subscribe = اشتراك
account-newsletter-stop = إلغاء الاشتراك
account-newsletter-is-on = أنتم مشتركون في النشرة البريدية.
account-newsletter-later = لا حاجة إلى القرار الآن: يمكنكم الاشتراك في النشرة وإلغاء الاشتراك في صفحة حسابكم متى شئتم.
newsletter-wording = أرسلوا إليّ النشرة البريدية الصادرة عن { $site } على عنوان حسابي. ويمكنني إلغاء الاشتراك متى شئت.
account-to-account = إلى حسابكم
account-log-in = تسجيل الدخول
account-new-password-text = يؤدي الحفظ إلى تسجيل خروجكم من جميع الأجهزة.
account-save-password = حفظ كلمة المرور الجديدة
account-done-text = سجلوا الدخول من الآن بكلمة المرور الجديدة. سُجّل خروج جميع الأجهزة.
account-done-back = تسجيل الدخول والعودة إلى حيث كنتم
account-password-text = يؤدي الحفظ إلى تسجيل خروجكم من جميع الأجهزة الأخرى وإنهاء روابط التنزيل. وسنعلمكم بذلك برسالة.
account-delete-text = يُمحى فورًا عنوان بريدكم وكلمة المرور والاشتراك في النشرة والجلسات وروابط التنزيل. ولا يمكن التراجع عن ذلك.
account-delete-log = تبقى سجلات التنزيل، لكنها لا تكشف هويتكم بعد ذلك.
account-delete-address = بعد تغيير العنوان لا يمكن حذف الحساب إلا بعد ثلاثة أيام.
account-delete-button = حذف حسابي
account-keep = الإبقاء على حسابي
account-deleted-text = مُحيت بياناتكم، وأرسلنا رسالة أخيرة لتأكيد ذلك.
account-deleted-again = يمكنكم إنشاء حساب جديد متى شئتم، وبالعنوان نفسه أيضًا.
account-since = الحساب منذ
account-sessions = الأجهزة المتصلة
account-device = الجهاز
account-first-seen = أول نشاط
account-last-seen = آخر نشاط
account-this-device = هذا الجهاز
account-end = إنهاء
account-end-session = تسجيل الخروج
account-end-all = تسجيل خروج جميع الأجهزة الأخرى
account-links = روابط التنزيل
account-links-hint = ينزّل الرابط ملفًا واحدًا من غير تسجيل دخول لمدة محدودة. ويستطيع استخدامه كل من حصل عليه، فأنهوه إن شاركتموه خطأً. ولا تنقطع التنزيلات الجارية.
account-link-until = صالح حتى
account-wait-title = يُرجى الانتظار
account-wait-until = لم يتغيّر شيء. يمكنكم المحاولة مرة أخرى ابتداءً من
account-wait-again = حاولوا مرة أخرى حينها
account-link-copy-command = نسخ الأمر
account-link-address = العنوان وحده، لبرنامجي wget وaria2c ولغيرهما
account-link-copy-address = نسخ العنوان
account-link-end = إنهاء هذا الرابط
account-ended = لم يعد متاحًا
account-downloads = تنزيلاتكم
account-download-of = الملف
account-download-begun = وقت البدء
account-download-state = المُستلَم
account-download-whole = مكتمل
account-data = بياناتكم
account-export = كل ما نحتفظ به عنكم، في ملف JSON
account-log-out = تسجيل الخروج

## شروط كلمة المرور
password-too-short =
    { $limit ->
        [few] فيها { $limit } محارف أو أكثر
        [many] فيها { $limit } محرفًا أو أكثر
       *[other] فيها { $limit } محرف أو أكثر
    }
password-too-long =
    { $limit ->
        [few] لا تزيد على { $limit } محارف
        [many] لا تزيد على { $limit } محرفًا
       *[other] لا تزيد على { $limit } محرف
    }
password-has-space = ليس فيها مسافات
password-needs-upper = فيها حرف لاتيني كبير
password-needs-lower = فيها حرف لاتيني صغير
password-needs-number = فيها رقم
password-needs-symbol = فيها رمز، مثل ⁦! ? % +⁩
password-common = ليست من كلمات المرور الشائعة

## ما قد يتعذّر: في صفحات الحساب وفي ردود خدمة الحسابات
problem-account-disabled = هذا الحساب مغلق
    .detail = لم يعد استخدامه ممكنًا. إن رأيتم في ذلك خطأ فتواصلوا معنا.
problem-address-recent = لا يمكن حذف حسابكم بعد
    .detail = تغيّر عنوانه قبل أقل من ثلاثة أيام، وما زال التراجع عن التغيير ممكنًا. حاولوا مرة أخرى بعد ذلك.
problem-address-same = هذا عنوانكم من قبل
    .detail = أدخلوا العنوان الذي تريدونه لحسابكم.
problem-bad-request = تعذّرت قراءة الطلب
    .detail = لم يتغيّر شيء. أعيدوا تحميل الصفحة ثم أرسلوا الاستمارة مرة أخرى.
problem-busy = الخدمة مشغولة
    .detail = لم يتغيّر شيء. انتظروا دقيقة ثم أرسلوا الاستمارة مرة أخرى.
problem-code-expired = انتهت صلاحية هذا الرمز
    .detail = الرمز صالح لمدة 30 دقيقة. اطلبوا رمزًا جديدًا.
problem-code-limit = لا يمكن إرسال مزيد من الرموز الآن
    .detail = طلبتم عدة رموز في وقت قصير. تحققوا من مجلد البريد غير المرغوب فيه، أو حاولوا لاحقًا.
problem-code-spent = لم يعد هذا الرمز صالحًا
    .detail = أُدخل على نحو خاطئ مرات كثيرة. اطلبوا رمزًا جديدًا.
problem-code-used = استُخدم هذا الرمز من قبل
    .detail = قُبل في المرة الأولى، ولا يلزم إدخاله ثانية.
problem-code-wait = يُرجى الانتظار قليلًا
    .detail = أرسلنا رمزًا قبل لحظات. يمكنكم طلب الرمز التالي بعد دقيقة من آخر رمز.
problem-code-wrong = ليس هذا هو الرمز الصحيح
    .detail = أدخلوا الأرقام الثمانية الواردة في أحدث رسالة منا. بعد خمسة رموز خاطئة يلزم رمز جديد.
problem-credentials-wrong = العنوان وكلمة المرور غير متطابقين
    .detail = تحققوا منهما. وإن كنتم قد سجلتم ولم تدخلوا الرمز الذي أرسلناه فأنشئوا الحساب من جديد.
problem-cross-site = لم يأتِ هذا الطلب من صفحاتنا
    .detail = لم يتغيّر شيء. افتحوا الصفحة على هذا الموقع وتابعوا منها.
problem-email-invalid = ليس هذا عنوان بريد إلكتروني
    .detail = أدخلوه كاملًا، مثل ⁦name@example.org⁩.
problem-field-invalid = أحد الحقول غير صالح
    .detail = لم يتغيّر شيء. تحققوا مما أدخلتموه وأرسلوه مرة أخرى.
problem-gone = لم يعد هذا المحتوى متاحًا
    .detail = أُزيل، أو انتهى العمل بالرابط.
problem-link-gone = انتهى رابط التنزيل هذا
    .detail = افتحوا صفحة الفيديو وسجّلوا الدخول وأنشئوا رابطًا جديدًا. يُستأنف التنزيل من حيث توقف.
problem-link-invalid = رابط التنزيل هذا لا يعمل
    .detail = انسخوه مرة أخرى من صفحة حسابكم، أو أنشئوا رابطًا جديدًا في صفحة الفيديو.
problem-link-limit = بلغتم الحد الأقصى لروابط التنزيل
    .detail = أنهوا رابطًا لم تعودوا بحاجة إليه ثم أنشئوا الرابط الجديد.
problem-method-not-allowed = لا يقبل هذا العنوان هذه الطريقة
    .detail = تذكر الترويسة Allow الطرق المقبولة.
problem-no-flow = ابدؤوا من جديد هنا، أو تابعوا حيث بدأتم
    .detail = الرمز خاص بالمتصفح الذي طُلب منه. إن كنتم قد بدأتم في متصفح أو تطبيق آخر فعودوا إليه وأدخلوا الرمز هناك. وإلا فابدؤوا من جديد هنا: مضى وقت طويل، أو أن هذا المتصفح لا يحفظ ملفات تعريف الارتباط لهذا الموقع.
problem-not-found = الصفحة غير موجودة
    .detail = تحققوا من العنوان.
problem-password-common = كلمة المرور هذه شائعة جدًا
    .detail = يجرّب المخترقون كلمات المرور الشائعة أولًا. اختاروا غيرها.
problem-password-has-space = في كلمة المرور مسافة
    .detail = اختاروا كلمة بلا مسافات.
problem-password-needs-lower = ليس في كلمة المرور حرف لاتيني صغير
    .detail = أضيفوا حرفًا أو أكثر، مثل a أو b أو c.
problem-password-needs-number = ليس في كلمة المرور رقم
    .detail = أضيفوا رقمًا أو أكثر، مثل 3 أو 5 أو 8.
problem-password-needs-symbol = ليس في كلمة المرور رمز
    .detail = أضيفوا رمزًا أو أكثر، مثل ⁦! ? % +⁩.
problem-password-needs-upper = ليس في كلمة المرور حرف لاتيني كبير
    .detail = أضيفوا حرفًا أو أكثر، مثل A أو B أو C.
problem-password-too-long = كلمة المرور طويلة جدًا
    .detail =
        { $limit ->
            [few] ينبغي ألا تزيد على { $limit } محارف.
            [many] ينبغي ألا تزيد على { $limit } محرفًا.
           *[other] ينبغي ألا تزيد على { $limit } محرف.
        }
problem-password-too-short = كلمة المرور قصيرة جدًا
    .detail =
        { $limit ->
            [few] ينبغي أن يكون فيها { $limit } محارف أو أكثر.
            [many] ينبغي أن يكون فيها { $limit } محرفًا أو أكثر.
           *[other] ينبغي أن يكون فيها { $limit } محرف أو أكثر.
        }
problem-precondition-failed = تغيّر الملف
    .detail = تغيّر بعد بدء التنزيل. يُرجى بدء التنزيل من جديد.
problem-range-not-satisfiable = ليس في الملف هذا الجزء
    .detail = تذكر الترويسة Content-Range حجمه.
problem-signed-out = يُرجى تسجيل الدخول
    .detail = يلزم لهذا تسجيل الدخول. وتنتهي الجلسة بعد مدة من عدم الاستخدام.
problem-terms-required = يُرجى قبول شروط الاستخدام
    .detail = تغيّرت الشروط. اقرؤوها في صفحة الفيديو وابدؤوا التنزيل من هناك.
problem-too-large = الاستمارة كبيرة جدًا
    .detail = لم يتغيّر شيء. اختصروا ما أدخلتموه وأرسلوه مرة أخرى.
problem-too-many = محاولات كثيرة جدًا
    .detail = لم يتغيّر شيء. انتظروا قبل أن تحاولوا مرة أخرى.
problem-too-many-downloads = تنزيلات كثيرة في وقت واحد
    .detail = انتظروا حتى ينتهي أحد تنزيلاتكم أو أوقفوا أحدها، ثم ابدؤوا هذا التنزيل من جديد.
problem-unavailable = الخدمة غير متاحة
    .detail = يُرجى المحاولة بعد دقائق.
problem-undo-invalid = هذا الرمز لا يعمل
    .detail = انسخوه كاملًا من أحدث إشعار منا. الرمز صالح لمدة ثلاثة أيام ولمرة واحدة. وإن كنتم قد استخدمتموه فعيّنوا كلمة مرور جديدة بعنوانكم.
problem-unknown-field = في الاستمارة حقل غير معروف
    .detail = لم يتغيّر شيء. قد تكون الصفحة قديمة: أعيدوا تحميلها ثم أرسلوا الاستمارة مرة أخرى.
problem-unsupported-type = نوع المحتوى غير مدعوم
    .detail = ينبغي أن يكون Content-Type إما application/json أو application/x-www-form-urlencoded.
problem-wording-old = تغيّر النص
    .detail = لم يتغيّر شيء. أعيدوا تحميل الصفحة واقرؤوا النص المجاور للزر ثم قرروا.

# نفسها، حيث تعبّر عنها الصفحة على نحو أفضل
account-code-used-login = قُبل الرمز
    .detail = سجلوا الدخول بكلمة المرور التي اخترتموها.
account-code-used-address = قُبل الرمز
    .detail = صار لحسابكم عنوانه الجديد، ولا يلزم فعل شيء آخر.
account-code-used-reset = قُبل الرمز
    .detail = اختاروا الآن كلمة المرور الجديدة.
account-password-wrong = ليست هذه كلمة المرور الحالية
    .detail = أدخلوا كلمة المرور التي تسجلون بها الدخول.

## ما تم
note-code-sent = تلقّينا طلبكم رمزًا جديدًا
    .detail = إن أمكن إرسال رمز إلى العنوان فسيصل خلال دقيقة أو دقيقتين. ولا يعمل إلا أحدث رمز.
note-address-changed = تغيّر عنوانكم
    .detail = سجلوا الدخول من الآن بالعنوان الجديد. سُجّل خروج جميع الأجهزة الأخرى، وأُرسل إشعار إلى العنوان القديم.
note-newsletter-on = اشتركتم في النشرة البريدية
    .detail = تصلكم على عنوان حسابكم، ويمكنكم إلغاء الاشتراك في صفحة حسابكم.
note-newsletter-off = أُلغي اشتراككم
    .detail = لن تصلكم النشرة بعد الآن. ويمكنكم الاشتراك من جديد متى شئتم.
note-password-changed = تغيّرت كلمة المرور
    .detail = ما زلتم متصلين هنا، وسُجّل خروج جميع الأجهزة الأخرى.

## الرسائل. تُملأ $code و$time و$email عند الإرسال.
mail-expires = صالح حتى ⁨{ $time }⁩، ولمرة واحدة.
mail-why = وصلتكم هذه الرسالة لأن العنوان ⁦{ $email }⁩ أُدخل في { $site }.
mail-why-account = وصلتكم هذه الرسالة لأن ⁦{ $email }⁩ هو عنوان حسابكم في { $site }.
mail-why-deleted = وصلتكم هذه الرسالة لأن ⁦{ $email }⁩ كان عنوان حسابكم لدى { $site }.
mail-ask = أسئلة؟ { $name }: ⁦{ $email }⁩
mail-when = الوقت: ⁨{ $time }⁩
mail-log-in = تسجيل الدخول:
mail-reset = تعيين كلمة مرور جديدة:
mail-page = إن كنتم قد أغلقتم الصفحة فافتحوها من جديد في المتصفح نفسه:
mail-verify-subject = رمزكم لدى { $site }
mail-verify-text = أدخلوا هذا الرمز في الصفحة التي سجلتم فيها. فهو يؤكد أن هذا العنوان لكم ويفتح حسابكم.
mail-verify-not-you = إن لم تسجلوا أنتم فتجاهلوا هذه الرسالة: لا يُفتح حساب من دون الرمز. لا تُطلعوا أحدًا على الرمز؛ فنحن لا نطلبه أبدًا بالبريد ولا بالهاتف.
mail-reset-subject = رمزكم لتعيين كلمة مرور جديدة لدى { $site }
mail-reset-text = أدخلوا هذا الرمز في الصفحة التي طلبتم فيها كلمة مرور جديدة، ثم يمكنكم اختيارها.
mail-reset-not-you = إن لم تطلبوا ذلك فتجاهلوا هذه الرسالة: تبقى كلمة المرور كما هي. لا تُطلعوا أحدًا على الرمز؛ فنحن لا نطلبه أبدًا بالبريد ولا بالهاتف.
mail-exists-subject = لديكم حساب من قبل لدى { $site }
mail-exists-text = حاول شخص ما، ولعله أنتم، إنشاء حساب بهذا العنوان. وللعنوان حساب من قبل، فلم يتغيّر شيء ولا رمز لإدخاله.
mail-exists-not-you = إن لم تكونوا أنتم فلا يلزم فعل شيء.
mail-address-subject = رمزكم لتغيير العنوان لدى { $site }
mail-address-text = أدخلوا هذا الرمز في الصفحة التي طلبتم فيها تغيير عنوان حسابكم. فهو يؤكد أن هذا العنوان لكم.
mail-address-not-you = إن لم تطلبوا ذلك فتجاهلوا هذه الرسالة: لا يتغيّر شيء من دون الرمز. لا تُطلعوا أحدًا على الرمز؛ فنحن لا نطلبه أبدًا بالبريد ولا بالهاتف.
mail-address-taken-subject = أراد شخص ما نقل حساب لدى { $site } إلى هذا العنوان
mail-address-taken-text = حاول شخص ما، ولعله أنتم، نقل حساب آخر إلى هذا العنوان. ولكم به حساب من قبل، فلم يتغيّر شيء ولا رمز لإدخاله.
mail-address-taken-you = إن كنتم أنتم ولا تريدون إلا حسابًا واحدًا فسجلوا الدخول إلى حساب هذا العنوان واحذفوه، أو واصلوا استخدامه.
mail-address-changed-subject = صار لحسابكم لدى { $site } عنوان جديد
mail-address-changed-text = تغيّر عنوان حسابكم. ويُسجَّل الدخول إليه من الآن بالعنوان الجديد.
mail-address-changed-not-you = إن كنتم أنتم فلا يلزم فعل شيء. وإلا فتراجعوا عن التغيير بهذا الرمز:
mail-address-undo = أدخلوه هنا، في أي متصفح:
mail-address-changed-then = عندها يعود إليكم حسابكم بهذا العنوان، ويُسجَّل خروج كل من سواكم، وتختارون كلمة مرور جديدة. لا تُطلعوا أحدًا على الرمز؛ فنحن لا نطلبه أبدًا بالبريد ولا بالهاتف.
mail-address-held-subject = هذا العنوان محجوز لدى { $site }
mail-address-held-text = حاول شخص ما، ولعله أنتم، تعيين كلمة مرور جديدة أو إنشاء حساب بهذا العنوان. وقد كان عنوان حسابكم حتى تغيّر قبل وقت قصير، ويبقى محجوزًا لمدة ثلاثة أيام بعد التغيير.
mail-address-held-not-you = إن لم تغيّروه أنتم فارجعوا إلى إشعار التغيير الذي أرسلناه: فيه رمز للتراجع عنه.
mail-address-restored-subject = جرى التراجع عن تغيير عنوانكم لدى { $site }
mail-address-restored-text = عاد إلى الحساب الذي كان له هذا العنوان عنوانه السابق، إذ تراجع عن التغيير من يقرأ بريد ذلك العنوان. ولم يعد لعنوانكم هذا حساب.
mail-closed-subject = حسابكم لدى { $site } مغلق
mail-closed-text = حاول شخص ما، ولعله أنتم، استخدام حساب هذا العنوان. والحساب مغلق: لا يمكن تسجيل الدخول إليه ولا تعيين كلمة مرور جديدة له.
mail-closed-ask = إن رأيتم في ذلك خطأ فتواصلوا معنا.
mail-password-changed-subject = تغيّرت كلمة المرور لدى { $site }
mail-password-changed-text = تغيّرت كلمة مرور حسابكم. وسُجّل خروج جميع الأجهزة الأخرى وانتهى العمل بروابط التنزيل.
mail-password-changed-not-you = إن كنتم أنتم فلا يلزم فعل شيء. وإلا فعيّنوا كلمة مرور جديدة فورًا وتواصلوا معنا.
mail-deleted-subject = حُذف حسابكم لدى { $site }
mail-deleted-text = حُذف حسابكم. ومُحي عنوان بريدكم وكلمة المرور والاشتراك في النشرة والجلسات وروابط التنزيل. وتبقى سجلات التنزيل، لكنها لا تكشف هويتكم بعد ذلك.
mail-deleted-not-you = إن لم تكونوا أنتم فإن شخصًا ما يعرف كلمة المرور: غيّروها في كل مكان آخر تستخدمونها فيه، وتواصلوا معنا. هذه آخر رسالة منا إلى هذا العنوان.

# ما يقوله البرنامج في صفحات الحساب وفي اللوحة
script-again = يمكنكم طلب رمز جديد بعد { $time }.
script-close = إغلاق
script-hide = إخفاء
script-met = مستوفى
script-onward = تنزيل ملفكم
script-resting = لا يمكن الوصول إلى خدمة الحسابات الآن. بقية الموقع تعمل، وما أدخلتموه ما زال هنا: حاولوا مرة أخرى بعد دقيقة.
script-show = إظهار
script-signed-in = مسجّل الدخول
script-tries = المحاولات الباقية: { $number }
script-unmet = لم يُستوفَ بعد
script-until = الرمز صالح لمدة { $time } من الآن.
script-wait = يمكنكم المحاولة مرة أخرى بعد { $time }.
