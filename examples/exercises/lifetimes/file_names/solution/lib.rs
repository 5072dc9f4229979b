//! The name that is made, or is already there.

use std::borrow::Cow;

pub fn file_name(title: &str) -> Cow<'_, str> {
    if title.contains(' ') {
        Cow::Owned(title.replace(' ', "_"))
    } else {
        Cow::Borrowed(title)
    }
}
