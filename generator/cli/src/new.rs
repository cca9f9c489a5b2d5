//! `dateline new KIND "TITLE"`: a dated, filled-in source file.

use std::{fs, io::Write, path::Path, process::ExitCode};

use jiff::tz::TimeZone;

use super::output::{Voice, complain, print};
use dateline::{
    base::{clock::Now, files::Os, path},
    config::{Config, Kind, LangId},
};

/// Arguments of `new`.
#[derive(clap::Args)]
pub(super) struct NewArguments {
    /// news, press-release, speech, statement, advisory, opinion, video, photo, or page
    #[arg(value_name = "KIND", value_parser = what)]
    what: What,
    /// The title
    #[arg(value_name = "TITLE")]
    title: String,
    /// The section to put it in [default: the first whose kind this is]
    #[arg(long, value_name = "NAME")]
    section: Option<String>,
    /// The language, if not the site's default
    #[arg(long, value_name = "CODE")]
    lang: Option<String>,
}

#[derive(Clone, Copy)]
enum What {
    Article(Kind),
    Page,
}

fn what(text: &str) -> Result<What, String> {
    if text == "page" {
        return Ok(What::Page);
    }
    let kind = Kind::ALL
        .into_iter()
        .find(|k| k.name() == text)
        .map(What::Article);
    kind.ok_or_else(|| {
        let names = Kind::ALL.map(Kind::name).into_iter().chain(["page"]);
        match path::closest(text, names) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "the kinds are news, press-release, speech, statement, advisory, opinion, video, photo and page".to_owned(),
        }
    })
}

pub(super) fn run(root: &Path, arguments: NewArguments) -> ExitCode {
    let files = Os::new(root);
    let mut diags = Vec::new();
    let config = Config::load(&files, &mut diags);
    Voice::new(false).findings(&files, &diags);
    let Some(config) = config else {
        return ExitCode::from(1);
    };
    match write(root, &config, &arguments) {
        Ok(path) => {
            print(&path);
            ExitCode::SUCCESS
        }
        Err(why) => {
            complain(&format!("error: {why}"));
            ExitCode::from(1)
        }
    }
}

fn write(root: &Path, config: &Config, arguments: &NewArguments) -> Result<String, String> {
    let slug = path::slug(&arguments.title);
    let slug = path::shortened(&slug, path::GOOD_NAME);
    if slug.is_empty() {
        return Err("the title holds no letter or digit to make a file name from".to_owned());
    }
    let suffix = match &arguments.lang {
        Some(code) => match config.lang_index(code) {
            Some(lang) if lang == LangId::default() => String::new(),
            Some(_) => format!(".{code}"),
            None => return Err(format!("`{code}` is not a language of site.toml")),
        },
        None => String::new(),
    };
    let now = now(&config.time_zone);
    let (path, text) = match arguments.what {
        What::Page => (
            format!("content/pages/{slug}{suffix}.md"),
            page(&arguments.title),
        ),
        What::Article(kind) => {
            let section = section(config, kind, arguments.section.as_deref())?;
            let day = &now[..10].replace('-', "/");
            (
                format!("content/{section}/{day}/{slug}{suffix}.md"),
                article(config, kind, &section, &arguments.title, &now),
            )
        }
    };
    let target = root.join(&path);
    if let Some(folder) = target.parent() {
        fs::create_dir_all(folder)
            .map_err(|e| format!("cannot make the folder {}: {e}", folder.display()))?;
    }
    let file = fs::File::options()
        .write(true)
        .create_new(true)
        .open(&target);
    file.and_then(|mut f| f.write_all(text.as_bytes()))
        .map_err(|e| match e.kind() {
            std::io::ErrorKind::AlreadyExists => {
                format!("{path} is there already; choose another title")
            }
            _ => format!("cannot write {path}: {e}"),
        })?;
    Ok(path)
}

/// The minute, in the site's own zone.
pub(super) fn now(zone: &TimeZone) -> String {
    let at = Now::system().0;
    let date = dateline::base::date::Date {
        at,
        offset: zone.to_offset(at),
        has_time: true,
    };
    let text = date.rfc3339();
    format!("{}:00{}", &text[..16], &text[19..])
}

fn section(config: &Config, kind: Kind, wanted: Option<&str>) -> Result<String, String> {
    if let Some(name) = wanted {
        dateline::config::section_name(name, &config.taxonomies)?;
        return Ok(name.to_owned());
    }
    let of_kind = config.sections.iter().find(|s| s.kind == kind);
    Ok(of_kind
        .or(config.sections.first())
        .map_or_else(|| "news".to_owned(), |s| s.name.clone()))
}

/// A text as TOML.
pub(super) fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

fn page(title: &str) -> String {
    format!(
        "+++\ntitle = {}\ndraft = true\n+++\n\nWrite here.\n",
        quoted(title)
    )
}

fn article(config: &Config, kind: Kind, section: &str, title: &str, now: &str) -> String {
    let declared = config
        .sections
        .iter()
        .find(|s| s.name == section)
        .map_or(Kind::News, |s| s.kind);
    let kind_line = if declared == kind {
        String::new()
    } else {
        format!("kind = \"{}\"\n", kind.name())
    };
    let contact = config
        .contacts
        .first()
        .map_or_else(String::new, |c| format!("contact = {}\n", quoted(&c.id)));
    format!(
        "+++\ntitle = {}\ndate = {now}\n{kind_line}draft = true          # take this line out to publish\n\
         lead = \"One or two sentences that say what happened.\"\ndateline = \"\"\ntopics = []\npeople = []\nplaces = []\n\
         {contact}# image = {{ src = \"picture.jpg\", alt = \"What one sees\", caption = \"\", credit = \"\" }}\n\
         # embargo = {now}\n+++\n\nWrite here.\n",
        quoted(title)
    )
}
