//! Which calls of the kernel a program may make: a seccomp filter.
//!
//! It names what is refused, since compilers and virtual machines need most of
//! the rest. A refused call fails as one that the user has no right to; a call
//! that programs know how to do without, as one that the kernel does not have.

use std::collections::BTreeMap;
use std::env::consts::ARCH;
use std::sync::LazyLock;

use nix::libc;
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen as Len, SeccompCmpOp as Op, SeccompCondition,
    SeccompFilter, SeccompRule, TargetArch,
};

/// In the place of the program's own number, which is known once it has one.
const OWN_NUMBER: u32 = 0x5e1f_0001;

/// A socket, of any kind, leads out: to the network, to this machine's own
/// services, through a file or an abstract name to the user's (a session bus
/// would start any program, outside). What System V shares outlives its program.
const REFUSED: &[libc::c_long] = &[
    libc::SYS_socket,
    libc::SYS_shmget,
    libc::SYS_msgget,
    libc::SYS_semget,
    libc::SYS_mq_open,
    libc::SYS_add_key,
    libc::SYS_request_key,
    libc::SYS_keyctl,
    // New rights, new views of files.
    libc::SYS_unshare,
    libc::SYS_setns,
    libc::SYS_mount,
    libc::SYS_umount2,
    libc::SYS_pivot_root,
    libc::SYS_chroot,
    libc::SYS_fsopen,
    libc::SYS_fspick,
    libc::SYS_open_tree,
    libc::SYS_move_mount,
    libc::SYS_mount_setattr,
    libc::SYS_open_by_handle_at,
    // The memory and the files of other processes.
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_pidfd_getfd,
    libc::SYS_kcmp,
    // The kernel itself.
    libc::SYS_bpf,
    libc::SYS_perf_event_open,
    libc::SYS_userfaultfd,
    libc::SYS_fanotify_init,
    libc::SYS_init_module,
    libc::SYS_finit_module,
    libc::SYS_delete_module,
    libc::SYS_kexec_load,
    libc::SYS_reboot,
    libc::SYS_swapon,
    libc::SYS_swapoff,
    libc::SYS_syslog,
    libc::SYS_acct,
    libc::SYS_quotactl,
    libc::SYS_settimeofday,
    libc::SYS_clock_settime,
    libc::SYS_adjtimex,
    libc::SYS_clock_adjtime,
];

/// Past the filter itself (io_uring opens sockets), past the limit on files
/// (memfd), or with flags that a filter cannot read (clone3).
const NOT_THERE: &[libc::c_long] = &[
    libc::SYS_io_uring_setup,
    libc::SYS_io_uring_enter,
    libc::SYS_io_uring_register,
    libc::SYS_memfd_create,
    libc::SYS_memfd_secret,
    libc::SYS_clone3,
];

/// A filter in the kernel's form.
pub struct Filters {
    programs: Vec<BpfProgram>,
}

/// What else keeps a program from the processes of others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Held {
    /// It does not see them.
    All,
    /// Its signals do not reach them.
    Signals,
    /// Nothing: it may send signals to itself alone.
    Nothing,
}

/// The filters for one run; none where this processor is not known.
pub fn filters(held: Held) -> Option<Filters> {
    type Made = LazyLock<Option<Vec<BpfProgram>>>;
    static ALL: Made = LazyLock::new(|| made(Held::All));
    static SIGNALS: Made = LazyLock::new(|| made(Held::Signals));
    static NOTHING: Made = LazyLock::new(|| made(Held::Nothing));
    let programs = match held {
        Held::All => &*ALL,
        Held::Signals => &*SIGNALS,
        Held::Nothing => &*NOTHING,
    };
    programs.clone().map(|programs| Filters { programs })
}

fn condition(argument: u8, op: Op, value: u64) -> Option<SeccompCondition> {
    SeccompCondition::new(argument, Len::Dword, op, value).ok()
}

fn made(held: Held) -> Option<Vec<BpfProgram>> {
    let arch = TargetArch::try_from(ARCH).ok()?;
    let mut refused: BTreeMap<i64, Vec<SeccompRule>> =
        REFUSED.iter().map(|&call| (call, Vec::new())).collect();
    type Rules = BTreeMap<i64, Vec<SeccompRule>>;
    let rule = |rules: &mut Rules, call: libc::c_long, conditions: Vec<SeccompCondition>| {
        let rules = rules.entry(call).or_default();
        rules.extend(SeccompRule::new(conditions).ok());
    };
    // Two ends of a pipe lead nowhere; of datagrams, each may turn to any name.
    const KIND: u64 = 0xf;
    for kind in [libc::SOCK_DGRAM, libc::SOCK_RAW, libc::SOCK_RDM] {
        let is = condition(1, Op::MaskedEq(KIND), kind as u64)?;
        rule(&mut refused, libc::SYS_socketpair, vec![is]);
    }
    let spaces = [
        libc::CLONE_NEWUSER,
        libc::CLONE_NEWNS,
        libc::CLONE_NEWPID,
        libc::CLONE_NEWNET,
        libc::CLONE_NEWIPC,
    ];
    for space in spaces {
        let space = u64::from(space.cast_unsigned());
        rule(
            &mut refused,
            libc::SYS_clone,
            vec![condition(0, Op::MaskedEq(space), space)?],
        );
    }
    if held == Held::Nothing {
        let other = || condition(0, Op::Ne, u64::from(OWN_NUMBER));
        for call in [libc::SYS_kill, libc::SYS_tgkill, libc::SYS_rt_sigqueueinfo] {
            rule(&mut refused, call, vec![other()?]);
        }
        for call in [libc::SYS_tkill, libc::SYS_pidfd_open] {
            refused.insert(call, Vec::new());
        }
    }
    if held != Held::All {
        // Nor may it slow them down, or set limits for them. Zero is itself.
        let pace = [
            (libc::SYS_prlimit64, 0),
            (libc::SYS_sched_setaffinity, 0),
            (libc::SYS_sched_setattr, 0),
            (libc::SYS_sched_setparam, 0),
            (libc::SYS_sched_setscheduler, 0),
            (libc::SYS_setpriority, 1),
            (libc::SYS_ioprio_set, 1),
        ];
        for (call, argument) in pace {
            let others = [0, u64::from(OWN_NUMBER)]
                .into_iter()
                .map(|own| condition(argument, Op::Ne, own))
                .collect::<Option<_>>()?;
            rule(&mut refused, call, others);
        }
    }
    let not_there = NOT_THERE.iter().map(|&call| (call, Vec::new())).collect();
    [(refused, libc::EPERM), (not_there, libc::ENOSYS)]
        .into_iter()
        .map(|(mut rules, errno): (Rules, _)| {
            if ARCH == "x86_64" {
                // The same calls, by the numbers of its 32-bit interface.
                const X32: i64 = 0x4000_0000;
                let again: Vec<_> = rules.iter().map(|(c, r)| (c | X32, r.clone())).collect();
                rules.extend(again);
            }
            let action = SeccompAction::Errno(errno.cast_unsigned());
            let filter = SeccompFilter::new(rules, SeccompAction::Allow, action, arch).ok()?;
            BpfProgram::try_from(filter).ok()
        })
        .collect()
}

impl Filters {
    /// Whether the kernel takes filters at all.
    pub fn known() -> bool {
        // SAFETY: a question about an action; it reads the number that it is given.
        unsafe {
            let action = libc::SECCOMP_RET_ERRNO;
            libc::syscall(
                libc::SYS_seccomp,
                libc::SECCOMP_GET_ACTION_AVAIL,
                0,
                &raw const action,
            ) == 0
        }
    }

    /// Puts the filters on the calling process, for good. Async-signal-safe.
    pub fn enter(&mut self) -> Result<(), i32> {
        for program in &mut self.programs {
            for instruction in program.iter_mut() {
                if instruction.k == OWN_NUMBER {
                    instruction.k = std::process::id();
                }
            }
            let given = libc::sock_fprog {
                len: program.len() as u16,
                filter: program.as_mut_ptr().cast(),
            };
            // SAFETY: `given` describes one live array of instructions, whose
            // form is the kernel's own in both crates.
            let done = unsafe {
                libc::syscall(
                    libc::SYS_seccomp,
                    libc::SECCOMP_SET_MODE_FILTER,
                    0,
                    &raw const given,
                )
            };
            if done != 0 {
                return Err(nix::errno::Errno::last_raw());
            }
        }
        Ok(())
    }
}
