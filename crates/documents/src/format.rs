//! The formats that take a parser. All of this runs in the child, and holds no promise but to end.

mod archive;
pub(crate) mod docx;
pub(crate) mod image;
mod layout;
pub(crate) mod odt;
pub(crate) mod pdf;
mod story;
mod xml;

#[cfg(test)]
mod random;
