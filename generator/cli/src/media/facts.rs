//! What a media file is: asked of ffprobe where it is installed, else read from the head of an MP4 or
//! MOV file, else known by its ending alone. What cannot be determined, the editor declares.

use std::{ffi::OsString, path::Path, process::Command};

use serde_json::Value;

use super::boxes::{self, Kind};
use dateline::base::{files, path::extension};

/// What was found out about a file. Texts are for people.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Facts {
    /// Media type (RFC 6838).
    pub media_type: Option<String>,
    /// `H.264 High, AAC`.
    pub codec: Option<String>,
    /// `1920x1080`.
    pub picture: Option<String>,
    /// `25`, `29.97`.
    pub frame_rate: Option<String>,
    /// `Stereo`.
    pub audio: Option<String>,
    /// Seconds.
    pub duration: Option<f64>,
    /// Two fields make a frame.
    pub interlaced: bool,
}

impl Facts {
    /// As broadcasters say it: `1080p25`, `1080i50`. `None` for what has no picture.
    pub fn short(&self) -> Option<String> {
        let (_, height) = self.picture.as_deref()?.split_once('x')?;
        let rate: f64 = self
            .frame_rate
            .as_deref()
            .unwrap_or_default()
            .parse()
            .ok()?;
        Some(match self.interlaced {
            true => format!("{height}i{}", decimal(rate * 2.0)),
            false => format!("{height}p{}", decimal(rate)),
        })
    }
}

/// Probes a file. What cannot be determined is absent.
pub(super) fn of(path: &Path) -> Facts {
    // What is no file would keep other programs waiting too.
    let Ok(mut file) = files::open(path) else {
        return Facts::default();
    };
    let head = boxes::read(&mut file).ok().flatten();
    let mut facts = probe(path)
        .or_else(|| head.as_ref().map(of_head))
        .unwrap_or_default();
    let by_name = path
        .to_str()
        .and_then(extension)
        .and_then(|e| by_ending(&e));
    let by_content = head.map(|h| {
        if h.quicktime {
            "video/quicktime"
        } else {
            "video/mp4"
        }
    });
    // An M4A is an MP4 too; its extension says that it has no picture.
    let audio = by_name.filter(|t| t.starts_with("audio/"));
    facts.media_type = audio.or(by_content).or(by_name).map(str::to_owned);
    facts
}

fn by_ending(ending: &str) -> Option<&'static str> {
    Some(match ending {
        "mp4" | "m4v" => "video/mp4",
        "mov" | "qt" => "video/quicktime",
        "mxf" => "application/mxf",
        "mkv" => "video/matroska",
        "webm" => "video/webm",
        "ts" | "m2ts" | "mts" => "video/mp2t",
        "mpg" | "mpeg" => "video/mpeg",
        "avi" => "video/vnd.avi",
        "ogv" => "video/ogg",
        "wav" => "audio/vnd.wave",
        "mp3" => "audio/mpeg",
        "m4a" => "audio/mp4",
        "aac" => "audio/aac",
        "flac" => "audio/flac",
        "ogg" | "opus" => "audio/ogg",
        _ => return None,
    })
}

/// Asks ffprobe, which may open this one file and nothing that a playlist in it names.
fn probe(path: &Path) -> Option<Facts> {
    let mut file = OsString::from("file:");
    file.push(path);
    let output = Command::new("ffprobe")
        .args(["-v", "error", "-protocol_whitelist", "file", "-of", "json"])
        .args(["-show_entries", "format=duration:stream=codec_type,codec_name,profile,width,height,avg_frame_rate,r_frame_rate,field_order,channels:stream_disposition=attached_pic"])
        .arg("-i")
        .arg(file)
        .output()
        .ok()
        .filter(|o| o.status.success())?;
    probed(&serde_json::from_slice(&output.stdout).ok()?)
}

fn probed(probe: &Value) -> Option<Facts> {
    let of_kind = |kind: &'static str| {
        let all = probe["streams"].as_array().into_iter().flatten();
        all.filter(move |s| s["codec_type"] == kind && s["disposition"]["attached_pic"] != 1)
    };
    let (video, sound) = (of_kind("video").next(), of_kind("audio"));
    let channels: Vec<u64> = sound.filter_map(|s| s["channels"].as_u64()).collect();
    let mut codecs: Vec<String> = video.into_iter().map(video_codec).collect();
    for stream in of_kind("audio") {
        let name = codec_name(stream["codec_name"].as_str().unwrap_or_default());
        if !codecs.contains(&name) {
            codecs.push(name);
        }
    }
    if codecs.is_empty() {
        return None;
    }
    let size = video.and_then(|v| Some((v["width"].as_u64()?, v["height"].as_u64()?)));
    let rate = |key: &str| fraction(video?[key].as_str()?);
    let fields = video.and_then(|v| v["field_order"].as_str());
    Some(Facts {
        media_type: None,
        codec: Some(codecs.join(", ")),
        picture: size.map(|(w, h)| format!("{w}x{h}")),
        frame_rate: rate("avg_frame_rate")
            .or_else(|| rate("r_frame_rate"))
            .map(decimal),
        audio: layout(&channels),
        duration: probe["format"]["duration"]
            .as_str()
            .and_then(|d| d.parse().ok()),
        interlaced: fields.is_some_and(|f| !matches!(f, "progressive" | "unknown")),
    })
}

fn video_codec(stream: &Value) -> String {
    let name = codec_name(stream["codec_name"].as_str().unwrap_or_default());
    match stream["profile"].as_str() {
        Some(profile) if !profile.is_empty() && profile != "unknown" && profile != name => {
            format!("{name} {profile}")
        }
        _ => name,
    }
}

/// `30000/1001` as a number; `None` for `0/0`.
fn fraction(text: &str) -> Option<f64> {
    let (above, below) = text.split_once('/')?;
    let (above, below): (f64, f64) = (above.parse().ok()?, below.parse().ok()?);
    (above > 0.0 && below > 0.0).then(|| above / below)
}

/// With three decimals at most: `25`, `23.976`.
fn decimal(number: f64) -> String {
    let text = format!("{number:.3}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// `Stereo`, `4 × Mono`, `Stereo, 5.1`.
fn layout(tracks: &[u64]) -> Option<String> {
    let names: Vec<String> = tracks
        .iter()
        .map(|n| match n {
            1 => "Mono".to_owned(),
            2 => "Stereo".to_owned(),
            6 => "5.1".to_owned(),
            8 => "7.1".to_owned(),
            n => format!("{n} channels"),
        })
        .collect();
    let first = names.first()?;
    Some(match names.iter().all(|n| n == first) {
        true if names.len() > 1 => format!("{} × {first}", names.len()),
        true => first.clone(),
        false => names.join(", "),
    })
}

/// What people call a coding, by ffprobe's word or the four letters of a file.
fn codec_name(code: &str) -> String {
    match code {
        "h264" | "avc1" | "avc3" => "H.264",
        "hevc" | "hvc1" | "hev1" => "H.265",
        "av1" | "av01" => "AV1",
        "vp9" | "vp09" => "VP9",
        "prores" => "ProRes",
        "apch" => "ProRes HQ",
        "apcn" => "ProRes Standard",
        "apcs" => "ProRes LT",
        "apco" => "ProRes Proxy",
        "ap4h" => "ProRes 4444",
        "ap4x" => "ProRes 4444 XQ",
        "dnxhd" | "avdn" => "DNxHD",
        "avdh" => "DNxHR",
        "mpeg2video" | "mp2v" | "mx5p" => "MPEG-2",
        "mjpeg" | "jpeg" => "Motion JPEG",
        "aac" | "mp4a" => "AAC",
        "ac3" | "ac-3" => "AC-3",
        "mp3" => "MP3",
        "mp2" => "MP2",
        "opus" => "Opus",
        "flac" => "FLAC",
        "twos" | "sowt" | "lpcm" | "in24" | "in32" => "PCM",
        pcm if pcm.starts_with("pcm_") => "PCM",
        other => return other.to_uppercase(),
    }
    .to_owned()
}

fn of_head(head: &boxes::Head) -> Facts {
    let mut facts = Facts {
        duration: head.duration,
        ..Facts::default()
    };
    let (mut codecs, mut channels) = (Vec::new(), Vec::new());
    for track in &head.tracks {
        match &track.kind {
            Kind::Video { .. } if facts.picture.is_some() => continue,
            Kind::Video {
                width,
                height,
                frames,
                interlaced,
            } => {
                facts.picture = Some(format!("{width}x{height}"));
                facts.frame_rate = frames.map(decimal);
                facts.interlaced = *interlaced;
            }
            Kind::Audio { channels: n } => channels.push(u64::from(*n)),
        }
        let name = codec_name(&track.code);
        if !codecs.contains(&name) {
            codecs.push(name);
        }
    }
    facts.codec = (!codecs.is_empty()).then(|| codecs.join(", "));
    facts.audio = layout(&channels);
    facts
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn what_ffprobe_tells_is_written_for_people() {
        let probe = serde_json::json!({
            "format": { "duration": "12.600000" },
            "streams": [
                { "codec_type": "video", "codec_name": "prores", "profile": "HQ", "width": 1920, "height": 1080, "avg_frame_rate": "30000/1001", "field_order": "tt" },
                { "codec_type": "audio", "codec_name": "pcm_s24le", "channels": 1 },
                { "codec_type": "audio", "codec_name": "pcm_s24le", "channels": 1 },
                { "codec_type": "video", "codec_name": "mjpeg", "width": 9, "height": 9, "disposition": { "attached_pic": 1 } },
                { "codec_type": "data", "codec_name": "bin" }
            ]
        });
        let facts = probed(&probe).unwrap();
        assert_eq!(facts.codec.as_deref(), Some("ProRes HQ, PCM"));
        assert_eq!(facts.audio.as_deref(), Some("2 × Mono"));
        assert_eq!(facts.frame_rate.as_deref(), Some("29.97"));
        assert_eq!(facts.duration, Some(12.6));
        assert_eq!(facts.short().as_deref(), Some("1080i59.94"));
        assert_eq!(probed(&serde_json::json!({ "streams": [] })), None);
        assert_eq!(probed(&Value::Null), None);
    }

    #[test]
    fn the_sample_is_understood_with_and_without_ffprobe() {
        let media = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../media/8c/8cda95b37d2ed9405bc2324d84c591939bec0a9e78f6b322da1ddd6210231ac4/lisbon-doorstep-1080p25.mov");
        let mut file = fs::File::open(&media).unwrap();
        let head = boxes::read(&mut file).unwrap().unwrap();
        let read = of_head(&head);
        assert_eq!(read.codec.as_deref(), Some("H.264, AAC"));
        assert_eq!(read.picture.as_deref(), Some("1920x1080"));
        assert_eq!(read.frame_rate.as_deref(), Some("25"));
        assert_eq!(read.audio.as_deref(), Some("Stereo"));
        assert!(
            read.duration.is_some_and(|d| (d - 12.6).abs() < 0.1),
            "{read:?}"
        );
        let all = of(&media);
        assert_eq!(all.media_type.as_deref(), Some("video/quicktime"));
        assert_eq!(all.short().as_deref(), Some("1080p25"));
    }
}
