//! Files of every kind, made here.

#[path = "office.rs"]
pub(crate) mod office;
#[path = "pdf.rs"]
pub(crate) mod pdf;
#[path = "pictures.rs"]
pub(crate) mod pictures;
