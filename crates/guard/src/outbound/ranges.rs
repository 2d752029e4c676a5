//! Numbers: which addresses are on the public internet, and which ports are for web pages.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// IPv4 that is not reached over the public internet (IANA's special-purpose registry, and multicast).
const PRIVATE_4: [(Ipv4Addr, u32); 16] = [
    (Ipv4Addr::new(0, 0, 0, 0), 8),        // this network
    (Ipv4Addr::new(10, 0, 0, 0), 8),       // private
    (Ipv4Addr::new(100, 64, 0, 0), 10),    // behind a carrier's NAT, and Alibaba's metadata
    (Ipv4Addr::new(127, 0, 0, 0), 8),      // loopback
    (Ipv4Addr::new(169, 254, 0, 0), 16),   // link-local, and most clouds' metadata
    (Ipv4Addr::new(172, 16, 0, 0), 12),    // private
    (Ipv4Addr::new(192, 0, 0, 0), 24),     // protocol assignments, and Oracle's metadata
    (Ipv4Addr::new(192, 0, 2, 0), 24),     // documentation
    (Ipv4Addr::new(192, 88, 99, 0), 24),   // 6to4 relays
    (Ipv4Addr::new(192, 168, 0, 0), 16),   // private
    (Ipv4Addr::new(198, 18, 0, 0), 15),    // benchmarking
    (Ipv4Addr::new(198, 51, 100, 0), 24),  // documentation
    (Ipv4Addr::new(203, 0, 113, 0), 24),   // documentation
    (Ipv4Addr::new(168, 63, 129, 16), 32), // Azure's own services, as seen from a machine there
    (Ipv4Addr::new(224, 0, 0, 0), 4),      // multicast
    (Ipv4Addr::new(240, 0, 0, 0), 4),      // reserved, and broadcast
];

/// All IPv6 of the public internet so far.
const GLOBAL_6: (u128, u32) = (0x2000 << 112, 3);

/// What is not public of it.
const PRIVATE_6: [(u128, u32); 5] = [
    (0x2001 << 112, 23),     // protocol assignments: Teredo, benchmarking, ORCHID
    (0x2001_0db8 << 96, 32), // documentation
    (0x2002 << 112, 16),     // 6to4: holds any IPv4
    (0x3ffe << 112, 16),     // returned
    (0x3fff << 112, 20),     // documentation
];

/// Behind it a network that has IPv6 alone reaches IPv4 (RFC 6052): as public as the IPv4 in it.
const NAT64: (u128, u32) = (0x0064_ff9b << 96, 96);

/// Whether an address is on the public internet. What is not known to be is not.
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_4(address),
        IpAddr::V6(address) => is_public_6(address),
    }
}

fn is_public_4(address: Ipv4Addr) -> bool {
    let bits = address.to_bits();
    !PRIVATE_4.iter().any(|(range, length)| (bits ^ range.to_bits()) >> (32 - length) == 0)
}

fn is_public_6(address: Ipv6Addr) -> bool {
    let bits = address.to_bits();
    let within = |&(range, length): &(u128, u32)| (bits ^ range) >> (128 - length) == 0;
    if within(&NAT64) {
        return is_public_4(last_4(bits));
    }
    if !within(&GLOBAL_6) || PRIVATE_6.iter().any(within) {
        return false;
    }
    // ISATAP (RFC 5214): a tunnel to the IPv4 in the last bits.
    let is_tunnel = matches!((bits >> 32) & 0xffff_ffff, 0x0000_5efe | 0x0200_5efe);
    !is_tunnel || is_public_4(last_4(bits))
}

fn last_4(bits: u128) -> Ipv4Addr {
    let [.., a, b, c, d] = bits.to_be_bytes();
    Ipv4Addr::new(a, b, c, d)
}

/// Ports where something else than the web listens: those that browsers refuse (the Fetch standard's "bad ports"), and
/// those of databases, remote desktops and container engines.
const OTHER_PROTOCOLS: [u16; 112] = [
    0, 1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101,
    102, 103, 104, 109, 110, 111, 113, 115, 117, 119, 123, 135, 137, 138, 139, 143, 161, 162, 179,
    389, 427, 445, 465, 512, 513, 514, 515, 526, 530, 531, 532, 540, 548, 554, 556, 563, 587, 601,
    636, 873, 989, 990, 993, 995, 1433, 1434, 1521, 1719, 1720, 1723, 1883, 2049, 2375, 2376, 2379,
    2380, 3306, 3389, 3659, 4045, 4190, 5060, 5061, 5432, 5672, 5900, 5984, 5985, 5986, 6000, 6379,
    6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 8125, 9042, 9092, 9200, 10080, 10250, 11211,
    27017, 50000,
];

/// Whether no web page is to be expected at a port.
pub(super) fn is_other_protocol(port: u16) -> bool {
    OTHER_PROTOCOLS.binary_search(&port).is_ok()
}
