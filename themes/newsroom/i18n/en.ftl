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
