//! Registers sqlite-vec with SQLite: the one place outside `sandbox` that may say `unsafe`.

use std::sync::Once;

use rusqlite::ffi::{self, sqlite3_auto_extension};

type EntryPoint = unsafe extern "C" fn(
    *mut ffi::sqlite3,
    *mut *mut std::ffi::c_char,
    *const ffi::sqlite3_api_routines,
) -> std::ffi::c_int;

/// Makes sqlite-vec's functions part of every connection that is opened from now on.
#[expect(unsafe_code, reason = "sqlite-vec is C and is handed to SQLite as a function pointer")]
pub(crate) fn register() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // SAFETY: `sqlite3_vec_init` is the extension's entry point and has the signature that SQLite
        // documents for one; the crate declares it without parameters. It lives as long as the program.
        unsafe {
            let entry_point: EntryPoint =
                std::mem::transmute(sqlite_vec::sqlite3_vec_init as *const ());
            sqlite3_auto_extension(Some(entry_point));
        }
    });
}
