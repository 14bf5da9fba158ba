//! What this machine has: addresses, space, limits.

use nix::ifaddrs::getifaddrs;
use nix::net::if_::InterfaceFlags;
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use nix::sys::statvfs::statvfs;
use std::net::IpAddr;
use std::path::Path;

/// The addresses of the interfaces that are up, loopback first; link-local ones need a scope and are left out.
pub fn addresses() -> Vec<IpAddr> {
    let Ok(interfaces) = getifaddrs() else { return Vec::new() };
    let mut found: Vec<IpAddr> = interfaces
        .filter(|interface| interface.flags.contains(InterfaceFlags::IFF_UP))
        .filter_map(|interface| {
            let address = interface.address?;
            let v4 = address.as_sockaddr_in().map(|v4| IpAddr::V4(v4.ip()));
            v4.or_else(|| address.as_sockaddr_in6().map(|v6| IpAddr::V6(v6.ip())))
        })
        .filter(|address| !is_link_local(*address))
        .collect();
    found.sort_by_key(|address| (!address.is_loopback(), *address));
    found.dedup();
    found
}

fn is_link_local(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => v4.is_link_local(),
        IpAddr::V6(v6) => v6.segments()[0] & 0xffc0 == 0xfe80,
    }
}

/// Free bytes of the file system that holds `folder`, for a user without privileges.
pub fn free_space(folder: &Path) -> Option<u64> {
    let figures = statvfs(folder).ok()?;
    Some(figures.blocks_available() * figures.fragment_size())
}

/// Lets the process open as many files as the system permits: every media leg holds two sockets.
pub fn raise_file_limit() -> Option<u64> {
    let (_, most) = getrlimit(Resource::RLIMIT_NOFILE).ok()?;
    setrlimit(Resource::RLIMIT_NOFILE, most, most).ok()?;
    Some(most)
}

/// Resident memory of this process in KiB.
pub fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.trim().split(' ').next()?.parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_has_a_loopback_space_and_memory() {
        assert!(addresses().iter().any(IpAddr::is_loopback));
        assert!(free_space(Path::new("/")).is_some());
        assert!(resident() > 0);
        assert!(raise_file_limit().is_some());
    }
}
