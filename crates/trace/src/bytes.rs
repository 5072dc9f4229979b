//! The bytes of one variable as a strip: which field lies where, and what is padding.

use crate::{Options, Part, TraceError, Variable, trace};

/// A mermaid `packet` of the variable that was declared last in the newest frame, at
/// the last mark: its fields in the order of their bytes, and the padding between and
/// behind them. One byte of the program is one unit of the strip.
///
/// # Errors
///
/// The program cannot be traced, or the variable is neither a struct nor a tuple: an
/// `enum` has a tag, or none, where no field says so.
pub fn bytes(source: &str, options: &Options) -> Result<String, TraceError> {
    let traced = trace(source, options)?;
    let refused = |line: usize, message: String| TraceError { line, message };
    let Some(step) = traced.steps.last() else {
        return Err(refused(1, "nothing was drawn: put a mark, `// ①`".into()));
    };
    let frame = step.threads.last().and_then(|thread| thread.frames.first());
    let Some(variable) = frame.and_then(|frame| frame.variables.last()) else {
        return Err(refused(step.line, "no variable lives here".into()));
    };
    // Of the library's types the fields are not known, and so the padding is not.
    let known = variable.ty.starts_with('(')
        || syn::parse_file(source).is_ok_and(|file| is_struct(&file, &variable.ty));
    match variable.size {
        Some(size) if known && !variable.parts.is_empty() => Ok(strip(variable, size)),
        _ => Err(refused(
            step.line,
            format!(
                "`{}` is no struct and no tuple, whose bytes could be named after fields; \
                 declare one last",
                variable.name
            ),
        )),
    }
}

/// Whether the file declares the type as a `struct`.
fn is_struct(file: &syn::File, ty: &str) -> bool {
    let name = ty.split('<').next().unwrap_or(ty);
    let named = |item: &syn::Item| matches!(item, syn::Item::Struct(s) if s.ident == name);
    file.items.iter().any(named)
}

fn strip(variable: &Variable, size: u64) -> String {
    let mut parts: Vec<&Part> = variable.parts.iter().filter(|p| p.size > 0).collect();
    parts.sort_by_key(|part| part.at);
    let mut fields: Vec<(u64, u64, &str)> = Vec::new();
    let mut next = 0;
    for part in parts {
        if part.at > next {
            fields.push((next, part.at, "padding"));
        }
        next = part.at + part.size;
        fields.push((part.at, next, &part.name));
    }
    if size > next {
        fields.push((next, size, "padding"));
    }
    let said: Vec<String> = fields
        .iter()
        .map(|(from, to, name)| match to - from {
            1 => format!("Byte {from}: {name}."),
            2 => format!("Bytes {from} and {}: {name}.", to - 1),
            _ => format!("Bytes {from} to {}: {name}.", to - 1),
        })
        .collect();
    let mut text = format!(
        "packet\naccTitle: The bytes of {}\naccDescr: {}, {size} bytes. {}\n",
        variable.name,
        variable.ty,
        said.join(" ")
    );
    for (from, to, name) in fields {
        let range = match to - from {
            1 => from.to_string(),
            _ => format!("{from}-{}", to - 1),
        };
        text.push_str(&format!("{range}: \"{name}\"\n"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(source: &str) -> Result<String, TraceError> {
        bytes(source, &Options::default())
    }

    #[test]
    fn fields_lie_where_the_compiler_put_them() {
        let song = "struct Song { rating: u8, seconds: u32, loved: bool }
fn main() {
    let song = Song { rating: 5, seconds: 241, loved: true };
    println!(\"{} {} {}\", song.rating, song.seconds, song.loved); // ①
}
";
        let as_in_c = song.replacen("struct", "#[repr(C)] struct", 1);
        let text = of(&as_in_c).expect("drawn");
        let body =
            "0: \"rating\"\n1-3: \"padding\"\n4-7: \"seconds\"\n8: \"loved\"\n9-11: \"padding\"\n";
        assert!(text.ends_with(body), "{text}");
        assert!(text.contains("accDescr: Song, 12 bytes. Byte 0: rating. Bytes 1 to 3: padding."));
        let text = of(song).expect("drawn");
        assert!(text.contains("0-3: \"seconds\""), "{text}");
        assert!(text.ends_with("6-7: \"padding\"\n"), "{text}");
    }

    #[test]
    fn what_has_no_fields_is_refused() {
        for source in [
            "fn main() { let n = 5; // ①\nprintln!(\"{n}\"); }",
            "use std::cell::RefCell;\nfn main() { let c = RefCell::new(5_u8); // ①\nc.replace(6); }",
            "enum Reply { Reply(u8), No }\nfn main() { let r = Reply::Reply(1); // ①\nif let Reply::No = r {} }",
        ] {
            let error = of(source).expect_err(source);
            assert!(error.message.contains("no struct"), "{error}");
        }
    }
}
