//! The picture that messengers and search engines show beside a link to the
//! book: `theme/preview.svg`, drawn by Chromium into `theme/preview.png`. Both
//! are kept, so that building the site needs no browser.

use std::path::Path;

use anyhow::{Result, ensure};

use crate::finish::write;
use crate::pdf::produce;

/// Width and height in pixels: what the services ask for.
pub const SIZE: (u32, u32) = (1200, 630);

/// Draws the picture. The file is there whole or not at all.
///
/// # Errors
///
/// The browser fails, or the picture has another size.
pub fn draw(browser: &Path, svg: &Path, png: &Path) -> Result<()> {
    let (width, height) = SIZE;
    let window = format!("--window-size={width},{height}");
    let options = [
        "--hide-scrollbars",
        "--force-device-scale-factor=1",
        &window,
    ];
    let picture = produce(browser, &options, "--screenshot=", "png", svg)?;
    ensure!(
        size(&picture) == Some(SIZE),
        "{} drew another size than {width} × {height}",
        browser.display()
    );
    write(png, &picture)
}

/// Width and height of a PNG; nothing if it is none.
pub fn size(png: &[u8]) -> Option<(u32, u32)> {
    // Its signature, then a chunk that starts with both (PNG, section 5).
    let header = png.strip_prefix(b"\x89PNG\r\n\x1a\n")?.get(4..16)?;
    let number = |bytes: &[u8]| bytes.try_into().map(u32::from_be_bytes).ok();
    let (kind, numbers) = header.split_at_checked(4)?;
    (kind == b"IHDR").then_some((number(&numbers[..4])?, number(&numbers[4..])?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn theme() -> std::path::PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../theme")
    }

    #[test]
    fn the_picture_has_the_size_that_pages_name() {
        let picture = std::fs::read(theme().join("preview.png")).expect("the picture");
        assert_eq!(size(&picture), Some(SIZE));
        assert!(picture.len() < 60_000, "{} bytes", picture.len());
    }

    #[test]
    fn other_files_have_no_size() {
        assert_eq!(size(b""), None);
        assert_eq!(size(b"\x89PNG\r\n\x1a\n"), None);
        assert_eq!(size(&[0; 40]), None);
    }
}
