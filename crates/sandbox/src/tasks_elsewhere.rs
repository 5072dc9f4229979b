//! Elsewhere than on Linux, nothing is asked about processes.

use std::io::PipeReader;

pub fn kill_holders(_: &PipeReader) {}
