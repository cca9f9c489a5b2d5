kind-news-plural = News
video-list = Videos
