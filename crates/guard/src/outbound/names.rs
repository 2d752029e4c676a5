//! Names that do not belong to the public internet, whatever a resolver makes of them.

/// Name spaces that are answered on this machine or in this network (RFC 6761, 6762, 7686, 8375, 9476 and custom).
const PRIVATE_SUFFIXES: [&str; 23] = [
    "localhost",
    "localdomain",
    "local",
    "internal",
    "intranet",
    "intra",
    "private",
    "corp",
    "home",
    "lan",
    "home.arpa",
    "arpa",
    "test",
    "invalid",
    "onion",
    "alt",
    "svc",
    "default",
    "consul",
    "docker",
    "workgroup",
    "fritz.box",
    "speedport.ip",
];

/// Names under which a cloud tells a machine its own keys.
const METADATA: [&str; 5] = [
    "metadata.goog",
    "metadata.tencentyun.com",
    "metadata.platformequinix.com",
    "metadata.packet.net",
    "metadata.azure.com",
];

/// Why a name is none of the public internet; nothing if it may be one. `name` is what a URL parser made of it: in
/// lower case, in ASCII.
pub(super) fn private(name: &str) -> Option<&'static str> {
    if !name.contains('.') {
        return Some("is a name of your own network");
    }
    let is_under = |suffix: &str| {
        name.strip_suffix(suffix).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    };
    if PRIVATE_SUFFIXES.iter().any(|suffix| is_under(suffix)) {
        return Some("is a name of your own network");
    }
    if METADATA.iter().any(|suffix| is_under(suffix)) {
        return Some("tells a machine its own keys");
    }
    let is_label = |label: &str| !label.is_empty() && label.len() <= 63;
    if name.len() > 253 || !name.split('.').all(is_label) {
        return Some("is no host name");
    }
    None
}
