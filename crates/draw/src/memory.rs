//! Memory pictures: stacks on the left, heap and static memory on the right,
//! arrows from the row that holds a pointer to what it points to.

mod content;
mod layout;
mod paint;
mod parse;
mod route;
#[cfg(test)]
mod tests;
mod wrap;

use crate::{Drawing, Trouble};

/// Draws all pictures of one block, in order, laid out together: what did not
/// change from one to the next stands still.
///
/// Each text is what `trace` writes, from `%% after ①` on. Anything else is a
/// [`Trouble`] with its text and line.
pub fn memory(texts: &[&str]) -> Result<Vec<Drawing>, Trouble> {
    let mut pictures = Vec::new();
    for (text, source) in texts.iter().enumerate() {
        let picture = parse::parse(source).map_err(|(line, message)| Trouble {
            text,
            line,
            message,
        })?;
        pictures.push(picture);
    }
    let figure = layout::layout(&pictures);
    let drawings = pictures.iter().enumerate().map(|(k, picture)| Drawing {
        svg: paint::paint(&figure, picture, k),
        title: picture.title.clone(),
        words: picture.words.clone(),
    });
    Ok(drawings.collect())
}
