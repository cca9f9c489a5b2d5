//! `build --timings`: where the time went.

use crate::harness::{Folder, NOW, Newsroom, printed};

const SLOW: &str =
    "ARTICLE {{ article.title }}{% for n in range(end=20000) %}<li>{{ n }}</li>{% endfor %}";

fn room() -> Newsroom {
    Newsroom::new()
        .story("news/a.md", "2025-01-01", "topics = [\"Trade\"]", "")
        .story("news/b.md", "2025-01-02", "", "Words.")
        .file("themes/plain/templates/article.html", SLOW)
}

/// What `build --timings` prints, as text.
fn reported(folder: &Folder) -> String {
    let output = folder
        .command(&["build", "--timings", "--at", NOW])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn stages_templates_and_the_slowest_pages_are_named() {
    let text = reported(&Folder::new(&room()));
    for part in [
        "\nStage ",
        "\n  parse ",
        "\n  render and write ",
        "\n  in all ",
        " of processor time, by ",
        "\n  article.html ",
        "\n  list.html ",
        "\n  (no template) ",
        "  content/news/a.md",
    ] {
        assert!(text.contains(part), "{part:?} not in\n{text}");
    }
    assert!(text.starts_with("Built 2 articles into "), "{text}");
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
    assert_eq!(timings["templates"][0]["template"], "article.html");
    assert_eq!(timings["slowest"][0]["template"], "article.html");
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
    reported(&folder);
    let text = reported(&folder);
    assert!(text.contains("look for changes"), "{text}");
    assert!(text.contains("Nothing had to be rendered"), "{text}");
    assert!(!text.contains("article.html"), "{text}");
    let edited = room().story("news/b.md", "2025-01-02", "", "Other words.");
    folder.write(&edited);
    let text = reported(&folder);
    assert!(text.contains("\n  article.html "), "{text}");
    assert!(text.contains("  content/news/b.md"), "{text}");
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
        let template = plan.prepared.template_of(job);
        assert_eq!(template.as_deref(), name, "{}", job.path);
        seen.extend(template);
    }
    let all = room.files.keys().filter(|f| f.starts_with(prefix)).count();
    assert_eq!(seen.len(), all, "{seen:?}");
}
