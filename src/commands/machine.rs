//! What this machine has, for `plan`: memory within every limit that holds for this process, and cores.

use sysinfo::{MemoryRefreshKind, RefreshKind, System};

/// Memory that this process may still take, in bytes: what the system calls available, within the cgroup's limit
/// and the process's own (`ulimit -v`), and within `cap_bytes` if given.
pub(super) fn free_memory_bytes(cap_bytes: Option<u64>) -> u64 {
    let memory = RefreshKind::nothing().with_memory(MemoryRefreshKind::nothing().with_ram());
    // A system that does not tell has as much as asked for: the kernel has the last word.
    let mut free = u64::MAX;
    if let Ok(system) = System::new_with_specifics(memory) {
        free = system.available_memory();
        if let Some(limits) = system.cgroup_limits() {
            free = free.min(limits.free_memory);
        }
    }
    free.min(address_space_left()).min(cap_bytes.unwrap_or(u64::MAX))
}

#[cfg(unix)]
fn address_space_left() -> u64 {
    use rustix::process::{Resource, getrlimit};
    getrlimit(Resource::As).current.unwrap_or(u64::MAX)
}

#[cfg(not(unix))]
fn address_space_left() -> u64 {
    u64::MAX
}

/// Physical cores that this process may use: two threads on one core gain nothing here.
pub(super) fn cores() -> u32 {
    let allowed = std::thread::available_parallelism().map_or(1, usize::from);
    let physical = System::physical_core_count().unwrap_or(allowed);
    u32::try_from(physical.min(allowed).max(1)).unwrap_or(1)
}
