//! Rebuilds the program when the theme or the starter that it carries change.

fn main() {
    for carried in ["../../themes/newsroom", "../starter", "build.rs"] {
        println!("cargo:rerun-if-changed={carried}");
    }
}
