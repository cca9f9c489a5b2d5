//! `build --timings`: where the time went, down to the line of a template.

use std::{fs, path::Path, sync::Arc};

use dateline::{
    base::files::Os,
    pipeline::{self, Addresses, Inputs},
};

use crate::harness::{Folder, NOW, Newsroom, moment, printed};

const SLOW: &str = "ARTICLE {{ article.title }}\n<ul>\n{%- for n in range(end=20000) %}\n<li>{{ n }}</li>\n{%- endfor %}\n</ul>\n";

fn room() -> Newsroom {
    Newsroom::new()
        .story("news/a.md", "2025-01-01", "topics = [\"Trade\"]", "")
        .story("news/b.md", "2025-01-02", "", "Words.")
        .file("themes/plain/templates/article.html", SLOW)
}

/// What `build --timings` prints, as text.
fn told(folder: &Folder) -> String {
    let output = folder
        .command(&["build", "--timings", "--at", NOW])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_line_of_a_slow_loop_is_named() {
    let text = told(&Folder::new(&room()));
    for part in [
        "\nStage ",
        "\n  parse ",
        "\n  render and write ",
        "\n  in all ",
        " of processor time, by ",
        "\n  article.html ",
        "\n  list.html ",
        "\n  (no template) ",
        "  content/news/a.md\n",
        "\narticle.html: 2 outputs, all looked at\n",
        "  themes/plain/templates/article.html:3\n",
        "  {%- for n in range(end=20000) %}\n",
        "  this loop runs for every page, 20 000 times\n",
        "  fewer rounds make such a page faster",
    ] {
        assert!(text.contains(part), "{part:?} not in\n{text}");
    }
    assert!(text.starts_with("Built 2 articles into "), "{text}");
    // It is the first line of the first template.
    let lines = text.split("looked at\n").nth(1).unwrap();
    let first = lines.lines().nth(1).unwrap();
    assert!(first.ends_with("article.html:3"), "{text}");
}

#[test]
fn programs_get_the_same_in_the_closing_object() {
    let folder = Folder::new(&room());
    let build = |more: &[&str]| {
        let all = [&["build", "--json", "--at", NOW], more].concat();
        let said = printed(&folder.command(&all).output().unwrap());
        said.last().unwrap()["built"].clone()
    };
    let built = build(&["--timings"]);
    let timings = &built["timings"];
    let stages: Vec<&str> = timings["stages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|s| s["stage"].as_str().unwrap())
        .collect();
    assert!(
        stages.contains(&"keys") && stages.contains(&"move in"),
        "{stages:?}"
    );
    assert_eq!(timings["rendered"], built["written"]);
    let lines = &timings["lines"][0];
    assert_eq!(lines["template"], "article.html");
    assert_eq!(lines["pages"], 2);
    let line = &lines["lines"][0];
    assert_eq!(line["file"], "themes/plain/templates/article.html");
    assert_eq!((&line["line"], &line["loop"]), (&3.into(), &true.into()));
    assert_eq!(line["runs"], 20000.0);
    // The second build has nothing to render, and one that is not asked tells nothing.
    let timings = build(&["--timings"])["timings"].clone();
    assert_eq!(timings["rendered"], 0);
    assert_eq!(timings["stages"][0]["stage"], "look for changes");
    assert!(timings["templates"].as_array().unwrap().is_empty());
    assert!(build(&[])["timings"].is_null());
}

#[test]
fn a_build_tells_of_what_it_rendered_alone() {
    let folder = Folder::new(&room());
    told(&folder);
    let text = told(&folder);
    assert!(text.contains("look for changes"), "{text}");
    assert!(text.contains("Nothing had to be rendered"), "{text}");
    assert!(!text.contains("article.html"), "{text}");
    let edited = room().story("news/b.md", "2025-01-02", "", "Other words.");
    folder.write(&edited);
    let text = told(&folder);
    assert!(text.contains("\narticle.html: "), "{text}");
    assert!(text.contains("  content/news/b.md\n"), "{text}");
}

#[test]
fn every_job_knows_its_template() {
    let mut room = room()
        .story("pages/about.md", "", "", "")
        .story("news/c.md", "2025-01-03", "aliases = [\"/old/\"]", "")
        .dossier("clip", "2025-01-01", "", "");
    let prefix = "themes/plain/templates/";
    for (path, content) in &mut room.files {
        if let Some(name) = path.strip_prefix(prefix) {
            *content = format!("made with {name}").into_bytes();
        }
    }
    let built = room.good();
    let plan = built.plan.as_ref().unwrap();
    let mut seen = std::collections::BTreeSet::new();
    for job in plan.jobs.iter() {
        let output = String::from_utf8_lossy(&built.outputs[&*job.path]);
        let name = output.strip_prefix("made with ");
        let template = plan.renderer().template_of(job);
        assert_eq!(template.as_deref(), name, "{}", job.path);
        seen.extend(template);
    }
    let all = room.files.keys().filter(|f| f.starts_with(prefix)).count();
    assert_eq!(seen.len(), all, "{seen:?}");
}

/// Renders every output of a newsroom with marks and without.
fn same_with_marks(inputs: &Inputs, least: usize) {
    let mut diags = Vec::new();
    let plan = pipeline::prepare(inputs, &mut diags).unwrap_or_else(|| panic!("{diags:#?}"));
    let profiler = plan.renderer().profiler().unwrap();
    for job in plan.jobs.iter() {
        let (plain, marked) = (plan.render(job).unwrap(), profiler.render(job).unwrap());
        assert!(plain == marked, "{} differs with marks", job.path);
    }
    let jobs: Vec<_> = plan.jobs.iter().collect();
    let profile = profiler.look(&jobs);
    assert_eq!(profile.pages, jobs.len());
    let lines: std::collections::BTreeSet<_> = profile
        .costs
        .iter()
        .map(|c| (c.line.path.clone(), c.line.number))
        .collect();
    assert_eq!(lines.len(), profile.costs.len());
    assert!(lines.len() >= least, "{} lines: {lines:#?}", lines.len());
    // No time is counted twice.
    let alone: std::time::Duration = profile.costs.iter().map(|c| c.own).sum();
    assert_eq!(alone + profile.outside, profile.total);
}

#[test]
fn themes_with_marks_write_the_same_bytes() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let sample = Inputs {
        files: Arc::new(Os::new(&root)),
        now: moment("2026-01-31T12:00:00Z"),
        drafts: true,
        base_url: None,
        addresses: Addresses::Leave,
    };
    same_with_marks(&sample, 150);

    let mut room = Newsroom::new();
    room.files.retain(|path, _| !path.starts_with("themes/"));
    let theme = root.join("bench/theme");
    for folder in ["components", "i18n", "templates"] {
        for entry in fs::read_dir(theme.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap();
            room = room.file(
                &format!("themes/plain/{folder}/{name}"),
                fs::read(&path).unwrap(),
            );
        }
    }
    for i in 0..30 {
        let date = format!("2025-01-{:02}", i + 1);
        room = room.story(
            &format!("news/s{i}.md"),
            &date,
            "topics = [\"Trade\"]\n[extra]\nauthor = \"Ada\"",
            "",
        );
    }
    same_with_marks(&room.inputs(), 15);
}
