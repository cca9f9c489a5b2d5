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
resting-title = Accounts are unavailable

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
page-number = Page { $number }, counting from the oldest
pages = Pages of this list
newer = Newer
older = Older
by-date = By date
follow-all = Follow everything we publish:
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

## Pictures
picture-download = Download ({ $width } × { $height }, { $size })
picture-words = Caption, credit and terms
copy-picture-words = Copy caption, credit and terms of { $file }
photo-place = Photo { $number } / { $count }
previous-photo = Previous
next-photo = Next
photo-keys = The left and right arrow keys go from photo to photo.

## Press kit
press-kit = Press kit
press-kit-get =
    { $count ->
        [one] { $number } picture with texts (ZIP)
       *[other] { $number } pictures with texts (ZIP)
    }
press-kit-what = Originals, captions and the story in every language.
kit-headline = Headline: { $text }
kit-caption = Caption: { $text }
kit-alt = Description: { $text }
kit-creator = Creator: { $text }
kit-credit = Credit: { $text }
kit-copyright = Copyright: { $text }
kit-terms = Terms of use: { $text }
kit-licence = Licence: { $text }
kit-licensor = Licences are to be had at: { $text }
kit-place = Place: { $text }
kit-date = Date: { $text }
kit-source = Kind of source: { $text }
kit-rights = Whose the pictures are, and what may be done with them
kit-contacts = Whom to ask

## Video
duration = Duration
video-more = Shotlist, transcript and files to download
play-file = Play the video file
player-failed = The video cannot be played at the moment. The shotlist and the transcript are below; please try again later.
player-keys = With the player in focus: K plays and pauses, J and L skip ten seconds, comma and full stop move one frame.
no-preview = There is no preview.
on-this-page = On this page
files = Downloads
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
checksums-hint = A download is complete if its SHA-256 checksum matches the one below.
copy-checksum = Copy the checksum of { $file }
with-curl = Download with curl
with-curl-hint = If the download is interrupted, run the same command again: it resumes where it stopped.
make-link = Make a link for curl
make-link-hint = Files that need an account have no permanent address. “Make a link for curl” creates one on your account page, with the command to copy. It works in curl, wget and aria2c until the time shown, and you can end it there at any time.
copy-command = Copy the command for { $file }
shotlist = Shotlist
play-from = Play from { $time }
transcript = Transcript
shown-in = Shown in

## A way on
not-found-text = There is no page at this address. The address may be mistyped, or the link may be out of date.
not-found-hint = Check the address, or continue from one of these pages.
gone-text = This page was published here and has been withdrawn. It will not return.
gone-hint = For the reasons, please ask the press office. Everything else is still available.
resting-text = The account service is not responding, so you cannot log in or download broadcast-quality files at the moment.
resting-hint = You can read every story, picture, shotlist and transcript as usual. Please try again in a few minutes.
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
account-verify-title = Enter the code from your e‑mail
account-welcome-title = Your account is ready
account-login-title = Log in
account-reset-title = Set a new password
account-reset-verify-title = Enter the code from your e‑mail
account-reset-new-password-title = Choose a new password
account-reset-done-title = Your new password is set
account-password-title = Change your password
account-address-title = Change your e‑mail address
account-address-verify-title = Enter the code from your e‑mail
account-address-undo-title = Undo a change of address
account-address-text = We will send a code to the new address. Once you enter it, the new address replaces the old one, and all other devices are logged out. Your downloads, download links and newsletter subscription are kept.
account-address-hold = We will also notify the old address. For three days, anyone who reads its e-mail can undo the change. Until then the old address stays reserved, and the account cannot be deleted.
account-address-new = New e-mail address
account-address-keep = Keep my address
account-address-verify-text = We have sent an e-mail to the new address. Its code is valid for 30 minutes and works once. If the address already has an account, the e-mail contains no code.
account-address-undo-text = If someone else changed the address of your account, enter the code from the notice that we sent to your old address.
account-address-undo-then = This restores the old address. All devices are logged out, download links and the password stop working, and you choose a new password.
account-address-undo-code = Code from the notice
account-address-undo-hint = It has 24 letters and digits, and is valid for three days, in any browser.
account-address-undo-button = Undo the change
account-delete-title = Delete your account
account-deleted-title = Your account has been deleted
account-step = Step { $step } of { $steps }
account-help = Help
account-why = An account is free and open to anyone. With it you can download our video in broadcast quality.
account-not-needed = Everything else on this site can be read and watched without one.
account-have = Already have an account?
account-open = Open my account
account-open-hint = If you are not logged in, you will be asked to log in first.
account-none = No account yet?
account-create = Create an account
account-register-text = We ask for an e-mail address and a password, nothing else.
account-email = E-mail address
account-email-hint = We will send a code to this address to confirm that it is yours.
account-password = Password
account-new-password = New password
account-password-current = Your current password
account-password-rules = A good password:
account-send-code = Send the code
account-login-instead = Already have an account?
account-register-instead = No account yet?
account-forgotten = Forgot your password?
account-reset-text = Enter your e-mail address. If it has an account, we will send a code to it.
account-verify-text = We have sent an e-mail to your address. Its code is valid for 30 minutes and works once.
account-verify-known = If the address already has an account, the e-mail contains no code but explains how to log in.
account-reset-verify-text = If your address has an account, we have sent an e-mail to it. Its code is valid for 30 minutes and works once.
account-code = Code
account-code-hint = Eight digits, as in 1234 5678. Enter them in the browser in which you requested the code.
account-go-on = Continue
account-no-code = No e-mail yet?
account-no-code-text = It can take a minute or two. Check your spam folder, too. You can request a new code a minute after the last one; the old code then stops working.
account-resend = Send a new code
account-other-address = Use another address
account-welcome-text = Your address is confirmed and you are logged in. You can now download video in broadcast quality.
account-back = Back to where you were
account-newsletter = Newsletter
account-newsletter-subscribe = Subscribe
account-newsletter-stop = Unsubscribe
account-newsletter-is-on = You receive the newsletter.
account-newsletter-later = There is no need to decide now: you can subscribe and unsubscribe on your account page at any time.
newsletter-wording = Send me the newsletter of { $site } by e-mail, to the address of my account. I can unsubscribe at any time.
account-to-account = To your account
account-log-in = Log in
account-new-password-text = Saving it logs you out on all devices.
account-save-password = Save the new password
account-done-text = Log in with the new password from now on. All devices have been logged out.
account-done-back = Log in and return to where you were
account-password-text = Saving it logs you out on all other devices and ends your download links. We will notify you by e-mail.
account-delete-text = This immediately erases your e-mail address, password, newsletter subscription, sessions and download links. It cannot be undone.
account-delete-log = Download records are kept, but no longer identify you.
account-delete-address = After changing your address, you must wait three days before you can delete your account.
account-delete-button = Delete my account
account-keep = Keep my account
account-deleted-text = Your data has been erased. We have sent you a final e-mail to confirm this.
account-deleted-again = You can create a new account at any time, with the same address if you like.
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
account-links-hint = A link downloads one file without logging in, for a limited time. Anyone who has it can use it: end it if you shared it by mistake. Downloads in progress are not interrupted.
account-link-until = valid until
account-wait-title = Please wait
account-wait-until = Nothing was changed. You can try again from
account-wait-again = Try again then
account-link-copy-command = Copy the command
account-link-address = The address alone, for wget, aria2c and other programs
account-link-copy-address = Copy the address
account-link-end = End this link
account-ended = no longer available
account-downloads = Your downloads
account-download-of = File
account-download-begun = Started
account-download-state = Received
account-download-whole = Complete
account-data = Your data
account-export = Everything we hold about you, as a JSON file
account-log-out = Log out

## What a password must be
password-too-short = has at least { $limit } characters
password-too-long = has at most { $limit } characters
password-has-space = has no spaces
password-needs-upper = has a capital letter
password-needs-lower = has a lower-case letter
password-needs-number = has a digit
password-needs-symbol = has a symbol, such as ! ? % or +
password-common = is not a commonly used password

## What can go wrong: on account pages, and in the sidecar's own answers
problem-account-disabled = This account is closed
    .detail = It can no longer be used. If you think this is a mistake, please contact us.
problem-address-recent = Your account cannot be deleted yet
    .detail = Its address was changed less than three days ago, and the change can still be undone. Please try again after that.
problem-address-same = This is already your address
    .detail = Enter the address that you want to change to.
problem-bad-request = We could not read this request
    .detail = Nothing was changed. Please reload the page and send the form again.
problem-busy = The service is busy
    .detail = Nothing was changed. Please wait a minute and send the form again.
problem-code-expired = This code has expired
    .detail = A code is valid for 30 minutes. Request a new one.
problem-code-limit = No more codes for now
    .detail = You have requested several in a short time. Check your spam folder, or try again later.
problem-code-spent = This code can no longer be used
    .detail = It was entered incorrectly too often. Request a new one.
problem-code-used = This code has already been used
    .detail = It was accepted the first time. You do not need to enter it again.
problem-code-wait = Please wait a little
    .detail = We have just sent a code. You can request the next one a minute after the last.
problem-code-wrong = This is not the right code
    .detail = Enter the eight digits from our latest e-mail. After five wrong codes you need a new one.
problem-credentials-wrong = Address and password do not match
    .detail = Check both. If you registered but never entered the code we sent, please create the account again.
problem-cross-site = This request did not come from our pages
    .detail = Nothing was changed. Please open the page on this site and continue from there.
problem-email-invalid = This is not an e-mail address
    .detail = Enter it in full, as in name@example.org.
problem-field-invalid = One of the entries is not valid
    .detail = Nothing was changed. Please check what you entered and send it again.
problem-gone = This is no longer available
    .detail = It was removed, or its link has ended.
problem-link-gone = This download link has ended
    .detail = Open the video’s page, log in, and make a new one. The download resumes where it stopped.
problem-link-invalid = This download link does not work
    .detail = Copy it again from your account page, or make a new one on the video’s page.
problem-link-limit = You have reached the limit of download links
    .detail = End one that you no longer need, then make the new one.
problem-method-not-allowed = This address does not accept that method
    .detail = The Allow header lists those that it accepts.
problem-no-flow = Start again here, or continue where you started
    .detail = A code works only in the browser in which you requested it. If you started in another browser or app, go back there and enter the code. Otherwise start again here: too much time has passed, or this browser does not keep cookies for this site.
problem-not-found = Not found
    .detail = Please check the address.
problem-password-common = This password is too common
    .detail = Attackers try common passwords first. Choose another one.
problem-password-has-space = The password contains a space
    .detail = Choose one without spaces.
problem-password-needs-lower = The password has no lower-case letter
    .detail = Add one or more, such as a, b or c.
problem-password-needs-number = The password has no digit
    .detail = Add one or more, such as 3, 5 or 8.
problem-password-needs-symbol = The password has no symbol
    .detail = Add one or more, such as ! ? % or +.
problem-password-needs-upper = The password has no capital letter
    .detail = Add one or more, such as A, B or C.
problem-password-too-long = The password is too long
    .detail = It may have { $limit } characters at most.
problem-password-too-short = The password is too short
    .detail = It needs { $limit } characters or more.
problem-precondition-failed = The file has changed
    .detail = It changed after the download started. Please start the download again.
problem-range-not-satisfiable = The file has no such part
    .detail = The Content-Range header gives its size.
problem-signed-out = Please log in
    .detail = You need to be logged in for this. Sessions end after a period of inactivity.
problem-terms-required = Please accept the terms of use
    .detail = They have changed. Read them on the page of the video and start the download there.
problem-too-large = The form is too large
    .detail = Nothing was changed. Please shorten your entries and send it again.
problem-too-many = Too many attempts
    .detail = Nothing was changed. Please wait before you try again.
problem-too-many-downloads = Too many downloads at once
    .detail = Wait until one of your downloads has finished, or stop one, and start this one again.
problem-unavailable = The service is unavailable
    .detail = Please try again in a few minutes.
problem-undo-invalid = This code does not work
    .detail = Copy it in full from our latest notice. A code is valid for three days and works once. If you have used it already, set a new password with your address.
problem-unknown-field = The form has an unknown field
    .detail = Nothing was changed. The page may be out of date: reload it and send the form again.
problem-unsupported-type = Unsupported content type
    .detail = Set the Content-Type to application/json or application/x-www-form-urlencoded.
problem-wording-old = The wording has changed
    .detail = Nothing was changed. Reload the page, read the text beside the button, and decide then.

# The same, where a page can say it better
account-code-used-login = Your code was accepted
    .detail = Log in with the password that you chose.
account-code-used-address = Your code was accepted
    .detail = Your account has its new address. There is nothing more to do.
account-code-used-reset = Your code was accepted
    .detail = Choose your new password now.
account-password-wrong = This is not your current password
    .detail = Enter the password that you use to log in.

## What was done
note-code-sent = We have received your request for a new code
    .detail = If the address can receive one, it will arrive in a minute or two. Only the latest code works.
note-address-changed = Your address has been changed
    .detail = Log in with the new address from now on. All other devices have been logged out, and we have notified the old address.
note-newsletter-on = You are subscribed to the newsletter
    .detail = It is sent to the address of your account. You can unsubscribe on your account page.
note-newsletter-off = You have unsubscribed
    .detail = You will receive no further newsletters. You can subscribe again at any time.
note-password-changed = Your password has been changed
    .detail = You are still logged in here. All other devices have been logged out.

## Mails. $code, $time and $email are filled in when a mail is sent.
mail-expires = Valid until { $time }. It works once.
mail-why = You receive this e-mail because { $email } was entered at { $site }.
mail-why-account = You receive this e-mail because { $email } is the address of your account at { $site }.
mail-why-deleted = You receive this e-mail because { $email } was the address of your account at { $site }.
mail-ask = Questions? Ask { $name }: { $email }
mail-when = When: { $time }
mail-log-in = Log in:
mail-reset = Set a new password:
mail-page = If you have closed the page, open it again in the same browser:
mail-verify-subject = Your code for { $site }
mail-verify-text = Enter this code on the page where you registered. It confirms that this address is yours and opens your account.
mail-verify-not-you = If you did not register, ignore this e-mail: no account is opened without the code. Never give the code to anyone; we will not ask for it by e-mail or telephone.
mail-reset-subject = Your code for a new password at { $site }
mail-reset-text = Enter this code on the page where you requested a new password. You can then choose one.
mail-reset-not-you = If you did not request it, ignore this e-mail: your password stays the same. Never give the code to anyone; we will not ask for it by e-mail or telephone.
mail-exists-subject = You already have an account at { $site }
mail-exists-text = Someone, probably you, tried to create an account with this address. You already have one, so nothing was changed and there is no code to enter.
mail-exists-not-you = If it was not you, there is nothing to do.
mail-address-subject = Your code for a new address at { $site }
mail-address-text = Enter this code on the page where you requested the change of address. It confirms that this address is yours.
mail-address-not-you = If you did not request it, ignore this e-mail: nothing changes without the code. Never give the code to anyone; we will not ask for it by e-mail or telephone.
mail-address-taken-subject = Someone wanted to move an account at { $site } to this address
mail-address-taken-text = Someone, probably you, tried to change another account to this address. You already have an account with it, so nothing was changed and there is no code to enter.
mail-address-taken-you = If it was you and you want only one account, log in to the one with this address and delete it, or keep using it.
mail-address-changed-subject = Your account at { $site } has a new address
mail-address-changed-text = The address of your account was changed. From now on, you log in with the new address.
mail-address-changed-not-you = If it was you, there is nothing to do. If not, undo the change with this code:
mail-address-undo = Enter it here, in any browser:
mail-address-changed-then = Your account then has this address again, everyone else is logged out, and you choose a new password. Never give the code to anyone; we will not ask for it by e-mail or telephone.
mail-address-held-subject = This address is reserved at { $site }
mail-address-held-text = Someone, probably you, tried to set a new password or to create an account with this address. It was the address of your account until a change a short time ago, and it stays reserved for three days after the change.
mail-address-held-not-you = If you did not change it yourself, find our notice about the change: it contains a code that undoes it.
mail-address-restored-subject = The change of your address at { $site } was undone
mail-address-restored-text = The account that had this address has its previous address again. Someone who reads the e-mail of that address undid the change. This address no longer has an account.
mail-closed-subject = Your account at { $site } is closed
mail-closed-text = Someone, probably you, tried to use the account of this address. The account is closed: you can neither log in nor set a new password.
mail-closed-ask = If you think this is a mistake, please contact us.
mail-password-changed-subject = Your password at { $site } was changed
mail-password-changed-text = The password of your account was changed. All other devices were logged out, and download links have ended.
mail-password-changed-not-you = If it was you, there is nothing to do. If not, set a new password at once and contact us.
mail-deleted-subject = Your account at { $site } has been deleted
mail-deleted-text = Your account was deleted. Your e-mail address, password, newsletter subscription, sessions and download links have been erased. Download records are kept, but no longer identify you.
mail-deleted-not-you = If it was not you, someone knows your password: change it wherever else you use it, and contact us. This is our final e-mail to this address.

# What the script says on account pages and in the panel
script-again = You can request a new one in { $time }.
script-close = Close
script-hide = Hide
script-met = done
script-onward = Download your file
script-resting = The account service cannot be reached at the moment. The rest of the site works, and your entries are still here: please try again in a minute.
script-show = Show
script-signed-in = logged in
script-tries = Tries left: { $number }
script-unmet = not yet
script-until = The code is valid for another { $time }.
script-wait = You can try again in { $time }.
