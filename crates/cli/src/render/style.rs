//! Text with styles; the terminal drops them where colour is not wanted.

/// The text between an escape code and its end; as it is where there is no code.
pub(crate) fn styled(code: &str, text: &str) -> String {
    match text.is_empty() || code.is_empty() {
        true => text.to_owned(),
        false => format!("\u{1b}[{code}m{text}\u{1b}[0m"),
    }
}

/// What matters less.
pub(crate) fn dim(text: &str) -> String {
    styled("2", text)
}

/// What matters more.
pub(crate) fn bold(text: &str) -> String {
    styled("1", text)
}

/// A citation, a command.
pub(crate) fn accent(text: &str) -> String {
    styled("36", text)
}

/// A thing as it should be.
pub(crate) fn good(text: &str) -> String {
    styled("32", text)
}

/// A thing to know about.
pub(crate) fn caution(text: &str) -> String {
    styled("33", text)
}

/// A thing that is wrong.
pub(crate) fn alarm(text: &str) -> String {
    styled("1;31", text)
}
