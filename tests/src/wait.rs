//! Waiting for a condition, with a deadline. The only place in these tests that lets time pass.

use std::time::{Duration, Instant};

use anyhow::{Result, anyhow, bail};
use tokio::time::timeout;

/// How long a condition may take before the test fails: generous, because CI machines are slow and shared.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// How often a condition is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(40);

/// Looks again and again until `look` gives a value, and hands it back.
///
/// `what` names the condition in the error that comes after [`PATIENCE`]. An error from `look` counts as "not yet",
/// because pages change while they are looked at; the last one is reported.
pub async fn until<T>(what: &str, look: impl AsyncFnMut() -> Result<Option<T>>) -> Result<T> {
    until_for(PATIENCE, what, look).await
}

/// [`until`] with another deadline.
pub async fn until_for<T>(
    patience: Duration,
    what: &str,
    mut look: impl AsyncFnMut() -> Result<Option<T>>,
) -> Result<T> {
    let start = Instant::now();
    loop {
        let left = patience.saturating_sub(start.elapsed()).max(LOOK_EVERY);
        let last = match timeout(left, look()).await {
            Ok(Ok(Some(value))) => return Ok(value),
            Ok(Ok(None)) => None,
            Ok(Err(error)) => Some(error),
            Err(_) => Some(anyhow!("a look at it did not end")),
        };
        if start.elapsed() > patience {
            match last {
                Some(error) => {
                    return Err(error.context(format!("waited {patience:?} for: {what}")));
                }
                None => bail!("waited {patience:?} for: {what}"),
            }
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_condition_that_comes_true_gives_its_value() {
        let mut looks = 0;
        let value = until("three looks", async || {
            looks += 1;
            Ok((looks == 3).then_some(looks))
        });
        assert_eq!(value.await.unwrap(), 3);
    }

    #[tokio::test]
    async fn a_look_that_never_ends_is_given_up() {
        let never = until_for::<()>(
            Duration::from_millis(50),
            "nothing",
            std::future::pending::<Result<Option<()>>>,
        );
        assert!(never.await.is_err());
    }

    #[tokio::test]
    async fn a_condition_that_stays_false_is_named_in_the_error() {
        let never = until_for::<()>(Duration::ZERO, "the moon", async || bail!("not up"));
        let error = format!("{:#}", never.await.unwrap_err());
        assert!(
            error.contains("the moon") && error.contains("not up"),
            "{error}"
        );
    }
}
