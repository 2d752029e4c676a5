//! Parts of the program that run by themselves, without any power.

use localgpt_sandbox::Role;

/// The parts by name. Whoever starts the program gives them to the sandbox before anything else.
pub const ROLES: [Role<'static>; 1] = [(localgpt_documents::ROLE, localgpt_documents::run_role)];
