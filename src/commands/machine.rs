//! What this machine has, for `plan`: memory within every limit that holds for this process, and cores.

use sysinfo::{MemoryRefreshKind, ProcessRefreshKind, ProcessesToUpdate, RefreshKind, System, get_current_pid};

/// Memory that this process may still take, in bytes: what the system calls available, within the cgroup's limit
/// and the process's own (`ulimit -v`), and within `cap_bytes` if given.
pub(super) fn free_memory_bytes(cap_bytes: Option<u64>) -> u64 {
    let memory = RefreshKind::nothing().with_memory(MemoryRefreshKind::nothing().with_ram());
    // A system that does not tell has as much as asked for: the kernel has the last word.
    let mut free = u64::MAX;
    if let Ok(mut system) = System::new_with_specifics(memory) {
        free = system.available_memory();
        let own = get_current_pid().ok();
        if let Some(own) = own {
            system.refresh_processes_specifics(ProcessesToUpdate::Some(&[own]), false, ProcessRefreshKind::nothing());
        }
        if let Some(limits) = own.and_then(|own| system.process(own)?.cgroup_limits()) {
            // Not its "free memory": that counts the page cache as taken, and the weights of the last run with it.
            free = free.min(limits.total_memory.saturating_sub(limits.rss));
        }
    }
    free.min(address_space_limit()).min(cap_bytes.unwrap_or(u64::MAX))
}

#[cfg(unix)]
fn address_space_limit() -> u64 {
    use rustix::process::{Resource, getrlimit};
    getrlimit(Resource::As).current.unwrap_or(u64::MAX)
}

#[cfg(not(unix))]
fn address_space_limit() -> u64 {
    u64::MAX
}

/// Physical cores that this process may use: two threads on one core gain nothing here.
pub(super) fn cores() -> u32 {
    let allowed = std::thread::available_parallelism().map_or(1, usize::from);
    let physical = System::physical_core_count().unwrap_or(allowed);
    u32::try_from(physical.min(allowed).max(1)).unwrap_or(1)
}
