# All wording of the theme in English, the complete catalogue.
# $count chooses the plural; $number is the same figure, written the language's way.

## Kinds, lists and titles that the generator asks for
kind-news = News
kind-news-plural = News
kind-press-release = Press release
kind-press-release-plural = Press releases
kind-speech = Speech
kind-speech-plural = Speeches
kind-statement = Statement
kind-statement-plural = Statements
kind-advisory = Media advisory
kind-advisory-plural = Media advisories
kind-opinion = Opinion
kind-opinion-plural = Opinions
kind-video = Video
kind-video-plural = Videos
kind-photo = Photo
kind-photo-plural = Photos
taxonomy-topics = Topics
taxonomy-people = People
taxonomy-places = Places
taxonomy-events = Events
video-list = Videos
home-title = { $site }
not-found-title = Page not found
gone-title = This page has been withdrawn
resting-title = Accounts are resting

## Around every page
skip = Skip to the content
languages = Languages
sections = Sections
breadcrumbs = You are here
by-kind = By kind
by-subject = By subject
this-site = This site
contacts = Press contacts
contact = Contact
feed-atom = Atom feed
feed-json = JSON feed

## Home
latest = Latest
earlier = Earlier
topics = Topics
latest-videos = Latest videos
all-videos = All videos
for-media = For the media
for-media-video = Our video is free of charge for editorial use, in broadcast quality, with a shotlist and a transcript.
for-media-account = Broadcast quality needs an account. It is free, and open to anyone.
feeds = Feeds
nothing-yet = Nothing has been published here yet.

## Lists
story-count =
    { $count ->
        [0] No items
        [one] { $number } item
       *[other] { $number } items
    }
video-count =
    { $count ->
        [0] No videos
        [one] { $number } video
       *[other] { $number } videos
    }
term-count =
    { $count ->
        [0] No entries
        [one] { $number } entry
       *[other] { $number } entries
    }
archive-title = { $list }, { $period }
page-number = Page { $number }, counted from the oldest
pages = Pages of this list
newer = Newer
older = Older
by-date = By date
follow-all = Follow all we publish:
follow = Follow this list:
follow-videos = Follow our videos:

## Articles
updated = Updated
by = By { $names }
list-comma = { ", " }
toc = Contents
video = Video
corrected =
    { $count ->
        [one] Corrected
       *[other] Corrected, { $count } notes
    }
corrections =
    { $count ->
        [one] Correction
       *[other] Corrections
    }
broadcast-video = Broadcast-quality video
also-in = Also available in
subjects = More about
share = Share
send-by-mail = Send by e-mail
copy = Copy
copy-address = Copy the address
copied = Copied
print = Print
related = Related
neighbours = More from { $section }
previous-story = Previous
next-story = Next

## Video
duration = Duration
video-more = Shotlist, transcript and files to download
play-file = Play the video file
player-failed = The video cannot be played just now. The shotlist and the transcript are below; please try again later.
player-keys = With the player in focus: K plays and pauses, J and L move ten seconds, comma and full stop one frame.
no-preview = There is no preview to play.
on-this-page = On this page
files = Files to download
files-caption = Files of “{ $title }”
terms-apply = What you may do with these files:
terms-version = version { $version }
terms-accept = By downloading a file you accept these terms.
file = File
format = Format
picture = Picture
frame-rate = Frame rate
audio = Sound
size = Size
access = Access
bytes-exact =
    { $count ->
        [one] { $number } byte
       *[other] { $number } bytes
    }
free-account = Free account needed
free-account-why = Broadcast-quality files need an account. It is free, and open to anyone.
download = Download
checksums = Checksums (SHA-256)
checksums-hint = A file has arrived whole if its SHA-256 checksum is the one below.
copy-checksum = Copy the checksum of { $file }
with-curl = Download with curl
with-curl-hint = Repeat the same command after an interruption: it goes on where it stopped.
make-link = Make a link for curl
make-link-hint = A file that needs an account has no lasting address. “Make a link for curl” gives you one on your account page, with the command to copy: it works until the time beside it, in curl, wget and aria2c, and you can end it there at any time.
copy-command = Copy the command for { $file }
shotlist = Shotlist
play-from = Play from { $time }
transcript = Transcript
shown-in = Shown in

## A way on
not-found-text = There is no page at this address. It may be mistyped, or the link that led here may be old.
not-found-hint = Check the address, or go on from one of these pages.
gone-text = What stood at this address was published here once and has been withdrawn. It will not come back to this address.
gone-hint = For the reasons, please ask the press office. Everything else is still where it was.
resting-text = The service for accounts does not answer just now, so logging in and downloading broadcast-quality files have to wait a little.
resting-hint = Every story, picture, shotlist and transcript can be read as always. Please try again in a few minutes.
ways-on = Where to go from here
front-page = Front page
ask = Ask us
moved-title = This page has moved
moved-link = Go to its new address

# Asked for by the generator: the way back from a footnote
footnote-back = Back to the text

## Accounts
account = Account
account-home-title = Your account
account-register-title = Create an account
account-verify-title = Enter the code from your e-mail
account-welcome-title = Your account is ready
account-login-title = Log in
account-reset-title = Set a new password
account-reset-verify-title = Enter the code from your e-mail
account-reset-new-password-title = Choose a new password
account-reset-done-title = Your new password is set
account-password-title = Change your password
account-delete-title = Delete your account
account-deleted-title = Your account has been deleted
account-step = Step { $step } of { $steps }
account-help = Help
account-why = An account is free and open to anyone. With it you can download our video in broadcast quality.
account-not-needed = Everything else on this site can be read and watched without one.
account-have = You have an account
account-open = Open my account
account-open-hint = If you are not logged in, you are asked to do so first.
account-none = You have none yet
account-create = Create an account
account-register-text = We ask for an e-mail address and a password, and for nothing else.
account-email = E-mail address
account-email-hint = We send a code to this address, to see that it is yours.
account-password = Password
account-new-password = New password
account-password-current = Your present password
account-password-rules = A good password:
account-send-code = Send the code
account-login-instead = Have an account already?
account-register-instead = No account yet?
account-forgotten = Forgotten your password?
account-reset-text = Enter the address that you registered with. If it has an account, we send a code to it.
account-verify-text = Look for our e-mail at the address that you gave. The code in it is good for 30 minutes and works once.
account-verify-known = If the address has an account already, there is no code in it: it says how to log in.
account-reset-verify-text = If the address that you gave has an account, look there for our e-mail. The code in it is good for 30 minutes and works once.
account-code = Code
account-code-hint = Eight digits, as in 1234 5678
account-go-on = Go on
account-no-code = No e-mail yet?
account-no-code-text = It can take a minute or two. Look among unwanted mail, too. A minute after the last code you may ask for a new one; the old one then stops working.
account-resend = Send a new code
account-other-address = Use another address
account-welcome-text = Your address is confirmed and you are logged in. You can now download video in broadcast quality.
account-back = Back to where you were
account-newsletter = Newsletter
account-newsletter-subscribe = Subscribe
account-newsletter-stop = Stop the newsletter
account-newsletter-is-on = You receive the newsletter.
account-newsletter-later = You need not decide now: you can switch the newsletter on and off on your account page.
newsletter-wording = Send me the newsletter of { $site } by e-mail, to the address of my account. I can stop it at any time.
account-to-account = To your account
account-log-in = Log in
account-new-password-text = When you save it, all devices that are logged in to your account are logged out.
account-save-password = Save the new password
account-done-text = From now on, log in with the new password. All devices that were logged in have been logged out.
account-done-back = Back to where you were, to log in
account-password-text = When you save it, all other devices that are logged in to your account are logged out, and download links end. We tell you by e-mail.
account-delete-text = Your e-mail address, your password, your newsletter subscription, your sessions and your download links are erased at once. This cannot be undone.
account-delete-log = A record that a file was downloaded stays, but no longer says by whom.
account-delete-button = Delete my account
account-keep = Keep the account
account-deleted-text = Your data are erased. We have sent a last e-mail to say so.
account-deleted-again = You can open a new account at any time, with the same address, too.
account-since = Account since
account-sessions = Where you are logged in
account-device = Device
account-first-seen = First seen
account-last-seen = Last seen
account-this-device = This device
account-end = End
account-end-session = Log out
account-end-all = Log out all other devices
account-links = Download links
account-links-hint = A link downloads one file without logging in, for a limited time. Whoever has it can use it: end it if it got about. A download that runs is not cut.
account-link-until = good until
account-link-copy-command = Copy the command
account-link-address = The address alone, for wget, aria2c and other programs
account-link-copy-address = Copy the address
account-link-end = End this link
account-ended = no longer available
account-downloads = What you have downloaded
account-download-of = File
account-download-begun = Begun
account-download-state = Received
account-download-whole = All of it
account-data = Your data
account-export = Everything we hold about you, as a JSON file
account-log-out = Log out

## What a password must be
password-too-short = has { $limit } characters or more
password-too-long = has { $limit } characters at most
password-has-space = has no spaces
password-needs-upper = has a capital letter
password-needs-lower = has a small letter
password-needs-number = has a number
password-needs-symbol = has a symbol, such as ! ? % or +
password-common = is not one of the passwords that everybody uses

## What can go wrong: on account pages, and in the sidecar's own answers
problem-account-disabled = This account is closed
    .detail = It cannot be used any more. If you think that this is a mistake, please ask us.
problem-bad-request = We could not read that
    .detail = Nothing was changed. Please load the page again and send the form once more.
problem-busy = Too much is going on just now
    .detail = Nothing was changed. Please wait a minute and send the form again.
problem-code-expired = This code is too old
    .detail = A code is good for 30 minutes. Ask for a new one.
problem-code-limit = No more codes can be sent for now
    .detail = Several were asked for in a short time. Look among unwanted mail, or try again later.
problem-code-spent = This code can no longer be used
    .detail = It was entered wrongly too often. Ask for a new one.
problem-code-used = This code has been used already
    .detail = It was accepted the first time. There is nothing more to do with it.
problem-code-wait = Please wait a little
    .detail = A code was asked for a moment ago. You may ask for the next one a minute after the last.
problem-code-wrong = This is not the right code
    .detail = Enter the eight digits of our newest e-mail. After five wrong tries you need a new code.
problem-credentials-wrong = Address and password do not belong together
    .detail = Check both. If you registered but never entered the code that we sent, please create the account again.
problem-cross-site = This did not come from our pages
    .detail = Nothing was changed. Please open the page on this site and go on from there.
problem-email-invalid = This is not an e-mail address
    .detail = Enter it in full, as in name@example.org.
problem-field-invalid = Something in the form cannot be used
    .detail = Nothing was changed. Please check what you entered and send it again.
problem-gone = This is no longer here
    .detail = What stood at this address was removed, or the link has ended.
problem-link-gone = This download link has ended
    .detail = Open the video's page, log in, and make a new one. What you have received so far can be continued with it.
problem-link-invalid = This download link does not work
    .detail = Copy it again from your account page, or make a new one on the video's page.
problem-link-limit = You have as many download links as an account may have
    .detail = End one that you no longer need, then make the new one.
problem-method-not-allowed = This address is not used like that
    .detail = The Allow header lists the methods that it knows.
problem-no-flow = Please begin again
    .detail = Too much time has passed since the last step, or your browser keeps no cookies for this site.
problem-not-found = There is nothing here
    .detail = Please check the address.
problem-password-common = This password is too well known
    .detail = It is among those that are tried first. Choose another one.
problem-password-has-space = The password has a space in it
    .detail = Choose one without spaces.
problem-password-needs-lower = The password has no small letter
    .detail = Add one or more, such as a, b or c.
problem-password-needs-number = The password has no number
    .detail = Add one or more, such as 3, 5 or 8.
problem-password-needs-symbol = The password has no symbol
    .detail = Add one or more, such as ! ? % or +.
problem-password-needs-upper = The password has no capital letter
    .detail = Add one or more, such as A, B or C.
problem-password-too-long = The password is too long
    .detail = It may have { $limit } characters at most.
problem-password-too-short = The password is too short
    .detail = It needs { $limit } characters or more.
problem-precondition-failed = The file is not the one that was asked for
    .detail = It has changed since the download began. Please start the download again.
problem-range-not-satisfiable = The file has no such part
    .detail = The Content-Range header tells its size.
problem-signed-out = Please log in
    .detail = This needs an account that is logged in. A session ends after some time without use.
problem-terms-required = Please accept the terms of use
    .detail = They have changed. Read them on the page of the video and start the download there.
problem-too-large = That was more than a form can hold
    .detail = Nothing was changed. Please shorten what you entered and send it again.
problem-too-many = Too many tries in a short time
    .detail = Nothing was changed. Please wait some minutes and try again.
problem-too-many-downloads = Too many downloads at once
    .detail = Wait until one of your downloads has ended, or stop one. This one can be begun again in half a minute.
problem-unavailable = This does not work just now
    .detail = Please try again in a few minutes.
problem-unknown-field = The form held something that we do not know
    .detail = Nothing was changed. The page may be an old copy: load it again and send the form once more.
problem-unsupported-type = This was not sent as JSON or as a form
    .detail = Set the Content-Type to application/json or application/x-www-form-urlencoded.
problem-wording-old = The wording has changed
    .detail = Nothing was changed. Load the page again, read what stands beside the button now, and decide then.

# The same, where a page can say it better
account-code-used-login = Your code was accepted
    .detail = Log in with the password that you chose.
account-code-used-reset = Your code was accepted
    .detail = Choose your new password now.
account-password-wrong = This is not your present password
    .detail = Enter the password that you log in with.

## What was done
note-code-sent = You have asked for a new code
    .detail = If the address can have one, it arrives in a minute or two. Only the newest code works.
note-newsletter-on = You are subscribed to the newsletter
    .detail = It comes to the address of your account. You can stop it on your account page.
note-newsletter-off = You are no longer subscribed
    .detail = You get no further newsletter. You can subscribe again at any time.
note-password-changed = Your password has been changed
    .detail = You are still logged in here. All other devices have been logged out.

## Mails. $code, $time and $email are filled in when a mail is sent.
mail-expires = Good until { $time }, and only once.
mail-why = You get this e-mail because { $email } was entered at { $site }.
mail-why-account = You get this e-mail because { $email } is the address of your account at { $site }.
mail-why-deleted = You get this e-mail because { $email } was the address of your account at { $site }.
mail-ask = Questions? Ask { $name }: { $email }
mail-when = When: { $time }
mail-log-in = Log in:
mail-reset = Set a new password:
mail-page = If you have closed the page, it is here:
mail-verify-subject = Your code for { $site }
mail-verify-text = Enter this code on the page where you registered. It shows that this address is yours and opens your account.
mail-verify-not-you = If you did not register, do nothing: without the code no account is opened. Give the code to no one; we never ask for it by e-mail or telephone.
mail-reset-subject = Your code for a new password at { $site }
mail-reset-text = Enter this code on the page where you asked for a new password. You can then choose one.
mail-reset-not-you = If you did not ask for it, do nothing: your password stays as it is. Give the code to no one; we never ask for it by e-mail or telephone.
mail-exists-subject = You already have an account at { $site }
mail-exists-text = Somebody, probably you, tried to create an account with this address. There is one already, so nothing was changed and there is no code to enter.
mail-exists-not-you = If it was not you, there is nothing to do.
mail-closed-subject = Your account at { $site } is closed
mail-closed-text = Somebody, probably you, tried to use the account of this address. The account is closed: one can neither log in nor set a new password.
mail-closed-ask = If you think that this is a mistake, please ask us.
mail-password-changed-subject = Your password at { $site } was changed
mail-password-changed-text = The password of your account was changed. All other devices were logged out, and download links have ended.
mail-password-changed-not-you = If it was you, there is nothing to do. If not, set a new password at once, and tell us.
mail-deleted-subject = Your account at { $site } has been deleted
mail-deleted-text = Your account was deleted. Erased were your e-mail address, your password, your newsletter subscription, your sessions and your download links. A record that files were downloaded stays, but no longer says by whom.
mail-deleted-not-you = If it was not you, somebody knew your password: change it wherever else you use it, and tell us. This was our last e-mail to this address.

# What the script says on account pages and in the panel
script-again = You can ask for a new one in { $time }.
script-close = Close
script-hide = Hide
script-met = done
script-onward = Get the file you came for
script-resting = Accounts cannot be reached at the moment. Everything else on this site works, and what you have typed is still here: try again in a minute.
script-show = Show
script-signed-in = logged in
script-tries = Tries left: { $number }
script-unmet = not yet
script-until = The code is good until { $time }.
script-wait = You can try again in { $time }.
