//! The role `documents` as a program of its own, for the tests of this crate: what people run is one program.

use std::process::ExitCode;

fn main() -> ExitCode {
    localgpt_documents::run_role()
}
