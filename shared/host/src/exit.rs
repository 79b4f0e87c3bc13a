//! What a process answers to whoever started it.

use std::process::{ExitCode, Termination};

use wiredesk_pipeline::{RunError, TransportError};

use crate::HostError;

/// The exit codes of every Wiredesk program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Done as asked, also when asked to stop.
    Done = 0,
    /// Failed; the last line of the log says why.
    Failed = 1,
    /// The command line or the configuration is at fault.
    Usage = 2,
    /// The transport or the address is out of reach; a later try can help.
    Unavailable = 3,
    /// A service stopped itself as unhealthy; someone must look before it starts again.
    Unhealthy = 4,
    /// Another instance of the same name took over; do not start again as it is.
    Fenced = 5,
}

impl Exit {
    /// Each code with what it means, for help and the man page.
    pub const MEANINGS: [(Exit, &'static str); 6] = [
        (Exit::Done, "done as asked, also when asked to stop"),
        (Exit::Failed, "failed; the last line of the log says why"),
        (
            Exit::Usage,
            "the command line or the configuration is at fault",
        ),
        (
            Exit::Unavailable,
            "the transport or the address is out of reach; try again later",
        ),
        (
            Exit::Unhealthy,
            "a service stopped itself as unhealthy: too many dead letters",
        ),
        (Exit::Fenced, "another instance of the same name took over"),
    ];

    /// The code of how a host ended.
    pub fn of(ended: &Result<(), HostError>) -> Exit {
        match ended {
            Ok(()) => Exit::Done,
            Err(error) => Exit::of_error(error),
        }
    }

    /// The code of an error.
    pub fn of_error(error: &HostError) -> Exit {
        match error {
            HostError::Settings(_) | HostError::Log(_) => Exit::Usage,
            HostError::Setup { exit, .. } => *exit,
            HostError::Transport { source, .. } => Exit::of_transport(source),
            HostError::Listen { .. } => Exit::Unavailable,
            HostError::Run(RunError::Fenced { .. }) => Exit::Fenced,
            HostError::Run(RunError::Storm { .. }) => Exit::Unhealthy,
            HostError::Run(RunError::Transport { source, .. }) => Exit::of_transport(source),
            HostError::Run(RunError::Stopped { .. })
            | HostError::System { .. }
            | HostError::Defect { .. }
            | HostError::Drain { .. } => Exit::Failed,
        }
    }

    /// The code of an error of the transport.
    pub fn of_transport(error: &TransportError) -> Exit {
        match error {
            TransportError::Unavailable(_) => Exit::Unavailable,
            TransportError::Invalid(_) | TransportError::Refused(_) => Exit::Usage,
            TransportError::Fenced(_) => Exit::Fenced,
            TransportError::Superseded(_) | TransportError::Fatal(_) => Exit::Failed,
        }
    }
}

impl Termination for Exit {
    fn report(self) -> ExitCode {
        ExitCode::from(self as u8)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_explained_once_and_in_order() {
        for (place, (exit, meaning)) in Exit::MEANINGS.iter().enumerate() {
            assert_eq!(*exit as usize, place, "{meaning}");
        }
    }

    #[test]
    fn what_can_be_tried_again_has_its_own_code() {
        let away = HostError::Transport {
            kind: "kafka",
            source: TransportError::Unavailable("no broker".to_owned()),
        };
        assert_eq!(Exit::of(&Err(away)), Exit::Unavailable);
        let fenced = HostError::Run(RunError::Fenced {
            service: "cleaner",
            detail: "another instance".to_owned(),
        });
        assert_eq!(Exit::of(&Err(fenced)), Exit::Fenced);
        assert_eq!(Exit::of(&Ok(())), Exit::Done);
    }
}
