//! Rebuilds the program when the theme or the starter that it carries change.

fn main() {
    println!("cargo:rerun-if-changed=../themes/newsroom");
    println!("cargo:rerun-if-changed=starter");
}
