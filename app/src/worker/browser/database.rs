//! IndexedDB: runs the transactions that the host asks for, each whole or not at all, durably where the browser can.
//!
//! Inside a transaction nothing but the transaction's own requests is awaited: anything else would end it.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::future::IntoFuture;

use futures_util::future::{Either, select};
use indexed_db_futures::database::Database as Idb;
use indexed_db_futures::error::{DomException, Error, OpenDbError};
use indexed_db_futures::object_store::ObjectStore;
use indexed_db_futures::prelude::*;
use indexed_db_futures::transaction::{
    Transaction, TransactionDurability, TransactionMode, TransactionOptions,
};
use js_sys::Uint8Array;
use samsyn_shared::ids::BoardId;
use samsyn_shared::time::UnixMillis;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};

use crate::core::messages::StorageFailure;
use crate::worker::glimpse::Glance;
use crate::worker::io::Stored;
use crate::worker::lease::{self, Claim, Claimed, Lease, TabId};
use crate::worker::rows::{self, BoardRow};
use crate::worker::stored::{Raw, Row};
use crate::worker::writes::{Guard, Op, Outcome, Shelf, Write};

/// The database's name.
const NAME: &str = "samsyn";
/// Opening can hang for good in Safari after the background; then it counts as lost.
const OPENING_TAKES: i32 = 8_000;

/// The database, opened when it is needed and again when its connection was lost.
#[derive(Default)]
pub struct Database {
    open: RefCell<Option<Idb>>,
}

impl Database {
    /// Opens it unless it is open.
    pub async fn ensure_open(&self) -> Result<(), StorageFailure> {
        self.idb().await.map(drop)
    }

    async fn idb(&self) -> Result<Idb, StorageFailure> {
        let open = self.open.borrow().clone();
        if let Some(open) = open {
            return Ok(open);
        }
        let opened = open_in_time().await?;
        close_for_newer_versions(&opened);
        *self.open.borrow_mut() = Some(opened.clone());
        Ok(opened)
    }

    fn lose(&self) {
        if let Some(open) = self.open.borrow_mut().take() {
            open.close();
        }
    }

    /// Runs `work`, and once more on a new connection if the first was lost.
    async fn run<T>(
        &self,
        work: impl AsyncFn(&Idb) -> Result<T, Error>,
    ) -> Result<T, StorageFailure> {
        let first = work(&self.idb().await?).await;
        let Err(error) = first else {
            return first.map_err(|_| StorageFailure::Lost);
        };
        match failure(&error).await {
            StorageFailure::Lost => {
                web_sys::console::warn_1(&format!("storage: {error}; opening it again").into());
                self.lose();
                let again = work(&self.idb().await?).await;
                match again {
                    Ok(done) => Ok(done),
                    Err(error) => Err(failure(&error).await),
                }
            }
            why @ (StorageFailure::Denied
            | StorageFailure::Full
            | StorageFailure::Damaged
            | StorageFailure::Newer) => {
                web_sys::console::error_1(&format!("storage: {error}").into());
                Err(why)
            }
        }
    }

    /// Runs a transaction of writes.
    pub async fn write(&self, write: &Write) -> Outcome {
        match self.run(async |idb| write_all(idb, write).await).await {
            Ok(outcome) => outcome,
            Err(why) => Outcome::Failed(why),
        }
    }

    /// Reads the boards' rows; what cannot be read is left out and stays where it is.
    pub async fn list(&self) -> Result<Vec<(BoardId, BoardRow)>, StorageFailure> {
        let rows = self.run(async |idb| {
            let transaction = idb.transaction(Shelf::Boards.name()).build()?;
            let rows = all(&transaction.object_store(Shelf::Boards.name())?, None).await?;
            transaction.commit().await?;
            Ok(rows)
        });
        let rows = rows.await?.into_iter();
        Ok(rows
            .filter_map(|(key, bytes)| Some((rows::board_of(&key)?, rows::decode(&bytes).ok()?)))
            .collect())
    }

    /// Reads a board's lease, and renews it if `me` holds it.
    pub async fn look(
        &self,
        now: UnixMillis,
        board: BoardId,
        me: TabId,
    ) -> Result<Option<Lease>, StorageFailure> {
        self.run(async |idb| {
            let transaction = begin(idb, &[Shelf::Lease], TransactionDurability::Relaxed)?;
            let found = lease_of(&transaction, board).await?;
            let mine = found.filter(|lease| lease.holder == me);
            if let Some(mine) = mine {
                apply(
                    &transaction,
                    rows::put_lease(
                        board,
                        &Lease {
                            heartbeat: now,
                            ..mine
                        },
                    ),
                )?;
            }
            transaction.commit().await?;
            Ok(found)
        })
        .await
    }

    /// Reads what is kept of a board to be shown at once. Whatever is wrong with it, the board itself is read next.
    pub async fn glance(&self, board: BoardId) -> Option<Glance> {
        let read = self.run(async |idb| {
            let names = [Shelf::Boards.name(), Shelf::Views.name()];
            let transaction = idb.transaction(names).build()?;
            let key = rows::board_key(board);
            let view = one(&transaction.object_store(Shelf::Views.name())?, &key).await?;
            let row = one(&transaction.object_store(Shelf::Boards.name())?, &key).await?;
            transaction.commit().await?;
            Ok(view.zip(row))
        });
        let (view, row) = read.await.ok()??;
        let row = rows::decode(&row).ok()?;
        Some(Glance { row, view })
    }

    /// Keeps a view, unless another tab holds the lease or the board is gone. What goes wrong here hurts nothing.
    pub async fn keep_view(&self, guard: Guard, view: Vec<u8>) {
        let op = Op::Put {
            shelf: Shelf::Views,
            key: rows::board_key(guard.board),
            value: view,
        };
        let kept = self.run(async |idb| {
            let shelves = [Shelf::Lease, Shelf::Views];
            let transaction = begin(idb, &shelves, TransactionDurability::Relaxed)?;
            if !may_write(&transaction, &guard).await? {
                return transaction.abort().await;
            }
            apply(&transaction, op.clone())?;
            transaction.commit().await
        });
        let _ = kept.await;
    }

    /// Claims a board's lease and reads all that is stored of the board, in one transaction.
    pub async fn load(
        &self,
        now: UnixMillis,
        board: BoardId,
        me: TabId,
        how: Claim,
    ) -> Result<Stored, StorageFailure> {
        let raw = self
            .run(async |idb| load_all(idb, now, board, me, how).await)
            .await?;
        raw.read()
    }
}

async fn load_all(
    idb: &Idb,
    now: UnixMillis,
    board: BoardId,
    me: TabId,
    how: Claim,
) -> Result<Raw, Error> {
    let transaction = begin(idb, &Shelf::ALL, TransactionDurability::Strict)?;
    let key = rows::board_key(board);
    let range = Some(rows::key_range(board));
    let shelf = |shelf: Shelf| transaction.object_store(shelf.name());
    let lease = lease::claim(now, lease_of(&transaction, board).await?, me, how);
    if let Claimed::Held(lease) = &lease {
        apply(&transaction, rows::put_lease(board, lease))?;
    }
    let raw = Raw {
        lease,
        board: one(&shelf(Shelf::Boards)?, &key).await?,
        chunks: all(&shelf(Shelf::Chunks)?, range.clone()).await?,
        frontier: one(&shelf(Shelf::Frontier)?, &key).await?,
        outbox: all(&shelf(Shelf::Outbox)?, range.clone()).await?,
        registers: all(&shelf(Shelf::Registers)?, range.clone()).await?,
        drafts: all(&shelf(Shelf::Drafts)?, range).await?,
    };
    transaction.commit().await?;
    Ok(raw)
}

fn begin<'a>(
    idb: &'a Idb,
    shelves: &[Shelf],
    durability: TransactionDurability,
) -> Result<Transaction<'a>, Error> {
    let names: Vec<&str> = shelves.iter().map(|shelf| shelf.name()).collect();
    idb.transaction(names)
        .with_mode(TransactionMode::Readwrite)
        .with_options(TransactionOptions::new().with_durability(durability))
        .build()
}

async fn write_all(idb: &Idb, write: &Write) -> Result<Outcome, Error> {
    let transaction = begin(idb, &shelves_of(write), TransactionDurability::Strict)?;
    if let Some(guard) = &write.guard
        && !may_write(&transaction, guard).await?
    {
        transaction.abort().await?;
        return Ok(Outcome::Displaced);
    }
    for op in &write.ops {
        apply(&transaction, op.clone())?;
    }
    transaction.commit().await?;
    Ok(Outcome::Done)
}

fn shelves_of(write: &Write) -> Vec<Shelf> {
    let mut shelves = BTreeSet::new();
    shelves.extend(write.guard.map(|_| Shelf::Lease));
    for op in &write.ops {
        match op {
            Op::Put { shelf, .. } | Op::Delete { shelf, .. } => drop(shelves.insert(*shelf)),
            Op::Forget(_) => shelves.extend(Shelf::ALL),
        }
    }
    if shelves.is_empty() {
        shelves.insert(Shelf::Lease);
    }
    shelves.into_iter().collect()
}

async fn may_write(transaction: &Transaction<'_>, guard: &Guard) -> Result<bool, Error> {
    let row = lease_of(transaction, guard.board).await?;
    Ok(lease::may_write(row, guard.holder, guard.term))
}

/// A lease that cannot be read is free: whoever takes it writes a good one.
async fn lease_of(transaction: &Transaction<'_>, board: BoardId) -> Result<Option<Lease>, Error> {
    let shelf = transaction.object_store(Shelf::Lease.name())?;
    let bytes = one(&shelf, &rows::board_key(board)).await?;
    Ok(bytes.and_then(|bytes| rows::decode(&bytes).ok()))
}

/// Issues the requests of a step; their outcome is the transaction's.
fn apply(transaction: &Transaction<'_>, op: Op) -> Result<(), Error> {
    match op {
        Op::Put { shelf, key, value } => {
            let value: JsValue = Uint8Array::from(value.as_slice()).into();
            drop(
                transaction
                    .object_store(shelf.name())?
                    .put(value)
                    .with_key(key)
                    .primitive()?,
            );
        }
        Op::Delete { shelf, key } => {
            drop(
                transaction
                    .object_store(shelf.name())?
                    .delete::<String, _>(key)
                    .primitive()?,
            );
        }
        Op::Forget(board) => forget(transaction, board)?,
    }
    Ok(())
}

fn forget(transaction: &Transaction<'_>, board: BoardId) -> Result<(), Error> {
    let (from, to) = rows::key_range(board);
    for shelf in Shelf::ALL {
        let shelf = transaction.object_store(shelf.name())?;
        drop(
            shelf
                .delete::<String, _>(rows::board_key(board))
                .primitive()?,
        );
        drop(
            shelf
                .delete::<String, _>(from.clone()..to.clone())
                .primitive()?,
        );
    }
    Ok(())
}

async fn one(shelf: &ObjectStore<'_>, key: &str) -> Result<Option<Vec<u8>>, Error> {
    let found: Option<JsValue> = shelf.get(key.to_owned()).primitive()?.await?;
    Ok(found.map(|value| Uint8Array::new(&value).to_vec()))
}

async fn all(shelf: &ObjectStore<'_>, range: Option<(String, String)>) -> Result<Vec<Row>, Error> {
    let (keys, values) = match range {
        Some((from, to)) => {
            let range = from..to;
            let keys = shelf
                .get_all_keys::<String>()
                .with_query::<String, _>(range.clone())
                .primitive()?;
            let values = shelf
                .get_all::<JsValue>()
                .with_query::<String, _>(range)
                .primitive()?;
            (keys.into_future().await?, values.into_future().await?)
        }
        None => {
            let keys = shelf.get_all_keys::<String>().primitive()?;
            let values = shelf.get_all::<JsValue>().primitive()?;
            (keys.into_future().await?, values.into_future().await?)
        }
    };
    let keys = keys.collect::<Result<Vec<String>, Error>>()?;
    let values = values.collect::<Result<Vec<JsValue>, Error>>()?;
    let bytes = values
        .into_iter()
        .map(|value| Uint8Array::new(&value).to_vec());
    Ok(keys.into_iter().zip(bytes).collect())
}

async fn open_in_time() -> Result<Idb, StorageFailure> {
    let opening = Box::pin(open());
    let waiting = Box::pin(JsFuture::from(sleep(OPENING_TAKES)));
    match select(opening, waiting).await {
        Either::Left((opened, _)) => opened.map_err(|error| open_failure(&error)),
        Either::Right(_) => Err(StorageFailure::Lost),
    }
}

async fn open() -> Result<Idb, OpenDbError> {
    Idb::open(NAME)
        .with_version(rows::DATABASE_VERSION)
        .with_on_upgrade_needed(|_, idb| {
            let present: BTreeSet<String> = idb.object_store_names().collect();
            for shelf in Shelf::ALL
                .into_iter()
                .filter(|shelf| !present.contains(shelf.name()))
            {
                idb.create_object_store(shelf.name()).build()?;
            }
            Ok(())
        })
        .await
}

/// A newer version of the app in another tab waits until every older one lets go of the database.
fn close_for_newer_versions(idb: &Idb) {
    let Ok(mut changes) = idb.version_changes() else {
        return;
    };
    let idb = idb.clone();
    spawn_local(async move {
        if changes.recv().await.is_some() {
            idb.close();
        }
    });
}

fn sleep(millis: i32) -> js_sys::Promise {
    js_sys::Promise::new(&mut |resolve, _| {
        if let Ok(scope) = js_sys::global().dyn_into::<web_sys::DedicatedWorkerGlobalScope>() {
            drop(scope.set_timeout_with_callback_and_timeout_and_arguments_0(&resolve, millis));
        }
    })
}

fn open_failure(error: &OpenDbError) -> StorageFailure {
    web_sys::console::error_1(&format!("storage: {error}").into());
    match error {
        OpenDbError::Base(error) => match name_of(error).as_str() {
            "VersionError" => StorageFailure::Newer,
            "QuotaExceededError" => StorageFailure::Full,
            "UnknownError" | "AbortError" => StorageFailure::Lost,
            _ => StorageFailure::Denied,
        },
        OpenDbError::VersionZero
        | OpenDbError::UnsupportedEnvironment
        | OpenDbError::NullFactory => StorageFailure::Denied,
    }
}

fn name_of(error: &Error) -> String {
    match error {
        Error::DomException(exception) => {
            let exception: &JsValue = <DomException as AsRef<JsValue>>::as_ref(exception);
            exception.unchecked_ref::<web_sys::DomException>().name()
        }
        Error::Serialisation(_) | Error::MissingData(_) | Error::Unknown(_) => String::new(),
    }
}

/// A transaction that the browser aborts without a reason ran out of space, if there is none left.
async fn failure(error: &Error) -> StorageFailure {
    match name_of(error).as_str() {
        "QuotaExceededError" => StorageFailure::Full,
        "SecurityError" | "NotAllowedError" => StorageFailure::Denied,
        _ if is_full().await => StorageFailure::Full,
        _ => StorageFailure::Lost,
    }
}

async fn is_full() -> bool {
    const SPARE: f64 = 1_000_000.0;
    let Ok(scope) = js_sys::global().dyn_into::<web_sys::DedicatedWorkerGlobalScope>() else {
        return false;
    };
    let Ok(asked) = scope.navigator().storage().estimate() else {
        return false;
    };
    let Ok(estimate) = JsFuture::from(asked).await else {
        return false;
    };
    let number = |key: &str| {
        js_sys::Reflect::get(&estimate, &key.into())
            .ok()
            .and_then(|it| it.as_f64())
    };
    match (number("quota"), number("usage")) {
        (Some(quota), Some(usage)) => quota - usage < SPARE,
        _ => false,
    }
}
