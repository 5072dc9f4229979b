//! Prints the pictures of one file: `cargo run --example trace FILE.rs [--mermaid|--json|--borrows]`.
fn main() {
    let mut args = std::env::args().skip(1);
    let Some(file) = args.next() else {
        eprintln!("usage: trace FILE.rs [--mermaid | --json | --borrows]");
        std::process::exit(2);
    };
    let how = args.next().unwrap_or_default();
    let source = match std::fs::read_to_string(&file) {
        Ok(source) => source,
        Err(error) => {
            eprintln!("{file}: {error}");
            std::process::exit(2);
        }
    };
    let options = trace::Options {
        each_statement: how == "--each",
        ..Default::default()
    };
    let text = if how == "--borrows" {
        trace::borrows(&source, &options)
    } else {
        trace::trace(&source, &options).map(|t| match how.as_str() {
            "--mermaid" => trace::mermaid(&t)
                .into_iter()
                .map(|(_, text)| text)
                .collect::<Vec<_>>()
                .join("\n"),
            "--json" => trace::json(&t),
            _ => format!(
                "{}{}{}{:?}\n",
                trace::text(&t),
                t.output,
                t.errors,
                t.ending
            ),
        })
    };
    match text {
        Ok(text) => print!("{text}"),
        Err(error) => {
            eprintln!("{file}: {error}");
            std::process::exit(1);
        }
    }
}
