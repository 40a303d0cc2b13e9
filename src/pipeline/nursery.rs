//! Where workers are started: a thread that lives as long as the pool. A worker asks the system to
//! be ended with its parent, and to Linux the parent is the thread that started it (prctl(2),
//! `PR_SET_PDEATHSIG`): threads of the runtime come and go, and would take workers along.

use std::io;
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, OnceLock};
use tokio::process::{Child, Command};
use tokio::runtime::Handle;
use tokio::sync::oneshot;

type Birth = (Command, oneshot::Sender<io::Result<Child>>);

/// Starts processes from one thread. Copies are one; with the last of them the thread ends.
#[derive(Debug, Clone, Default)]
pub struct Nursery(Arc<OnceLock<Sender<Birth>>>);

impl Nursery {
    /// Starts a process. Called within a runtime, which from then on looks after it.
    pub async fn spawn(&self, command: Command) -> io::Result<Child> {
        let (tell, told) = oneshot::channel();
        let births = match self.0.get() {
            Some(births) => births,
            None => self.0.get_or_init(|| open(Handle::current())),
        };
        births.send((command, tell)).map_err(io::Error::other)?;
        told.await.map_err(io::Error::other)?
    }
}

fn open(runtime: Handle) -> Sender<Birth> {
    let (births, asked) = channel::<Birth>();
    std::thread::spawn(move || {
        let _entered = runtime.enter();
        for (mut command, tell) in asked {
            // Nobody waiting any more: the child is dropped, and ends.
            let _ = tell.send(command.spawn());
        }
    });
    births
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What started a process, as the system has it: the parent by thread is not told, so the
    /// process itself asks for the signal and must live on when whoever asked for it is gone.
    #[tokio::test]
    async fn a_process_outlives_the_thread_that_asked_for_it() {
        let nursery = Nursery::default();
        let (asking, runtime) = (nursery.clone(), Handle::current());
        let started = std::thread::spawn(move || {
            let mut command = Command::new("setpriv");
            command.args(["--pdeathsig", "KILL", "sh", "-c", "sleep 1; exit 7"]);
            runtime.block_on(asking.spawn(command))
        });
        let waited = tokio::task::spawn_blocking(move || started.join().unwrap());
        let mut child = waited.await.unwrap().unwrap();
        // The thread that asked has ended; the process has not.
        assert_eq!(child.wait().await.unwrap().code(), Some(7));
    }
}
