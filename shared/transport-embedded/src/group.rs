//! Groups: joining, sharing the partitions out, committing positions, leaving.
//!
//! Every function runs inside one write transaction, so members see each other's steps whole.
//! A share carries its owner and an epoch that rises with every new owner: whoever commits must
//! still be that owner with that epoch, which is what keeps a former owner out.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use rusqlite::{Connection, OptionalExtension, Transaction, params};
use wiredesk_pipeline::TransportError;

use crate::error::Failure;
use crate::roster::{self, MemberRow, Sightings};
use crate::sharing;
use crate::store::Store;
use crate::topics::TopicInfo;

/// Bits of a token that count the members of its group.
const TOKEN_BITS: u32 = 32;

/// A member's place in its group.
#[derive(Debug, Clone)]
pub(crate) struct Seat {
    pub(crate) group_id: i64,
    pub(crate) group: String,
    pub(crate) instance: String,
    pub(crate) incarnation: i64,
    pub(crate) token: i64,
    pub(crate) topics: Vec<Arc<TopicInfo>>,
}

/// A partition that a member holds, as it knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Claim {
    pub(crate) partition_id: i64,
    pub(crate) epoch: i64,
}

/// What came of looking after one's membership.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Tended {
    /// The member's token, a new one where it had been put out.
    pub(crate) token: i64,
    pub(crate) generation: i64,
    /// Partitions that others took, or may take.
    pub(crate) lost: Vec<i64>,
    /// Partitions that others wait for.
    pub(crate) surplus: Vec<i64>,
    /// Partitions newly taken, with the committed position.
    pub(crate) taken: Vec<(Claim, Option<i64>)>,
}

/// Joins for the process of this `incarnation`: whoever held the same instance id before is out,
/// unless that is a newer process.
///
/// Two processes of one name join several groups each, in any order. Went the place to whoever
/// comes last, each could lose one to the other, and both would end.
pub(crate) fn join(
    store: &Store,
    transaction: &Transaction<'_>,
    (group, instance, incarnation): (&str, &str, i64),
    topics: Vec<Arc<TopicInfo>>,
) -> Result<Seat, Failure> {
    transaction.execute(
        "INSERT INTO consumer_groups (name) VALUES (?1) ON CONFLICT (name) DO NOTHING",
        [group],
    )?;
    let group_id = transaction.query_row(
        "SELECT id FROM consumer_groups WHERE name = ?1",
        [group],
        |row| row.get(0),
    )?;
    for partition_id in topics.iter().flat_map(|topic| &topic.partitions) {
        transaction.execute(
            "INSERT INTO shares (group_id, partition_id) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
            params![group_id, partition_id],
        )?;
    }
    let mut seat = Seat {
        group_id,
        group: group.to_owned(),
        instance: instance.to_owned(),
        incarnation,
        token: 0,
        topics,
    };
    if let Some(former) = token_of(transaction, group_id, instance)? {
        if former >> TOKEN_BITS > incarnation {
            return Err(fenced(&seat).into());
        }
        put_out(transaction, group_id, former)?;
    }
    seat.token = sit_down(store, transaction, &seat)?;
    Ok(seat)
}

/// The next process that joins groups: a number above that of every one before.
pub(crate) fn next_incarnation(transaction: &Transaction<'_>) -> rusqlite::Result<i64> {
    // Each has joined at least once, and what was drawn then counted in all joins before.
    transaction.query_row(
        "SELECT coalesce(sum(members_ever), 0) + 1 FROM consumer_groups",
        [],
        |row| row.get(0),
    )
}

/// Looks after one's membership: beats, puts out the silent, and compares what each holds with
/// its share.
pub(crate) fn tend(
    store: &Store,
    transaction: &Transaction<'_>,
    seat: &Seat,
    held: &BTreeMap<i64, i64>,
    sightings: &mut Sightings,
) -> Result<Tended, Failure> {
    let mut tended = Tended {
        token: seat.token,
        ..Tended::default()
    };
    let mut held = held.clone();
    match token_of(transaction, seat.group_id, &seat.instance)? {
        Some(token) if token == seat.token => beat(store, transaction, seat)?,
        Some(newer) if newer > seat.token => return Err(fenced(seat).into()),
        former => {
            // An older process of this name sat down while we were out.
            if let Some(older) = former {
                put_out(transaction, seat.group_id, older)?;
            }
            tended.lost = held.keys().copied().collect();
            held.clear();
            tended.token = sit_down(store, transaction, seat)?;
        }
    }
    let members = living_members(store, transaction, seat, tended.token, sightings)?;
    let before = (tended.lost.len(), tended.taken.len());
    for topic in &seat.topics {
        sharing::share_out(transaction, seat, topic, (&members, &held), &mut tended)?;
    }
    if before != (tended.lost.len(), tended.taken.len()) {
        note_change(transaction, seat.group_id)?;
    }
    tended.generation = generation(transaction, seat.group_id)?;
    Ok(tended)
}

/// The members that are not silent; those that are, are put out.
fn living_members(
    store: &Store,
    transaction: &Transaction<'_>,
    seat: &Seat,
    own_token: i64,
    sightings: &mut Sightings,
) -> Result<Vec<MemberRow>, Failure> {
    let mut members = roster::members(transaction, seat.group_id)?;
    let (now, now_ms) = (Instant::now(), store.settings.clock.now_ms());
    let mut silent = Vec::new();
    members.retain(|member| {
        let goes = member.token != own_token && sightings.is_silent(member, now, now_ms);
        if goes {
            silent.push((member.token, member.instance.clone()));
        }
        !goes
    });
    for (token, instance) in silent {
        tracing::warn!(group = %seat.group, %instance, "member is silent, its partitions go to the others");
        put_out(transaction, seat.group_id, token)?;
    }
    sightings.keep_only(&members);
    Ok(members)
}

/// Moves positions; refused where a partition is no longer the member's own.
pub(crate) fn commit_positions(
    transaction: &Transaction<'_>,
    seat: &Seat,
    positions: &[(Claim, i64)],
) -> Result<(), Failure> {
    match token_of(transaction, seat.group_id, &seat.instance)? {
        Some(token) if token == seat.token => {}
        Some(_) => return Err(fenced(seat).into()),
        None => {
            return Err(TransportError::Superseded(format!(
                "{} was silent for too long and is out of group {}",
                seat.instance, seat.group
            ))
            .into());
        }
    }
    for (claim, next_offset) in positions {
        let moved = transaction
            .prepare_cached(
                "UPDATE shares SET next_offset = ?5
                 WHERE group_id = ?1 AND partition_id = ?2 AND owner = ?3 AND epoch = ?4",
            )?
            .execute(params![
                seat.group_id,
                claim.partition_id,
                seat.token,
                claim.epoch,
                next_offset
            ])?;
        if moved != 1 {
            return Err(TransportError::Superseded(format!(
                "{} no longer holds a partition of its batch in group {}",
                seat.instance, seat.group
            ))
            .into());
        }
    }
    Ok(())
}

/// Gives partitions up, as far as they are still the member's own.
pub(crate) fn release(
    transaction: &Transaction<'_>,
    seat: &Seat,
    claims: &[Claim],
) -> Result<(), Failure> {
    for claim in claims {
        transaction
            .prepare_cached(
                "UPDATE shares SET owner = NULL
                 WHERE group_id = ?1 AND partition_id = ?2 AND owner = ?3 AND epoch = ?4",
            )?
            .execute(params![
                seat.group_id,
                claim.partition_id,
                seat.token,
                claim.epoch
            ])?;
    }
    note_change(transaction, seat.group_id)
}

/// Leaves the group, and frees all that the member holds.
pub(crate) fn leave(transaction: &Transaction<'_>, seat: &Seat) -> Result<(), Failure> {
    put_out(transaction, seat.group_id, seat.token)
}

/// Rises with every change among the members and shares of a group.
pub(crate) fn generation(connection: &Connection, group_id: i64) -> rusqlite::Result<i64> {
    connection
        .prepare_cached("SELECT generation FROM consumer_groups WHERE id = ?1")?
        .query_row([group_id], |row| row.get(0))
}

fn note_change(transaction: &Transaction<'_>, group_id: i64) -> Result<(), Failure> {
    transaction
        .prepare_cached("UPDATE consumer_groups SET generation = generation + 1 WHERE id = ?1")?
        .execute([group_id])?;
    Ok(())
}

fn token_of(
    connection: &Connection,
    group_id: i64,
    instance: &str,
) -> rusqlite::Result<Option<i64>> {
    connection
        .prepare_cached("SELECT token FROM members WHERE group_id = ?1 AND instance = ?2")?
        .query_row(params![group_id, instance], |row| row.get(0))
        .optional()
}

/// Enters the member under a token higher than any before: which process, and which member of the
/// group since its beginning.
fn sit_down(store: &Store, transaction: &Transaction<'_>, seat: &Seat) -> Result<i64, Failure> {
    let count: i64 = transaction.query_row(
        "UPDATE consumer_groups SET members_ever = members_ever + 1, generation = generation + 1
         WHERE id = ?1 RETURNING members_ever",
        [seat.group_id],
        |row| row.get(0),
    )?;
    let token = seat.incarnation << TOKEN_BITS | count;
    let ids: Vec<String> = seat
        .topics
        .iter()
        .map(|topic| topic.id.to_string())
        .collect();
    let session_ms = i64::try_from(store.settings.session_timeout.as_millis()).unwrap_or(i64::MAX);
    transaction.execute(
        "INSERT INTO members (group_id, instance, token, topics, session_ms, heartbeat_ms)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        params![
            seat.group_id,
            seat.instance,
            token,
            ids.join(","),
            session_ms,
            store.settings.clock.now_ms()
        ],
    )?;
    Ok(token)
}

fn beat(store: &Store, transaction: &Transaction<'_>, seat: &Seat) -> Result<(), Failure> {
    transaction
        .prepare_cached(
            "UPDATE members SET heartbeat_ms = ?3, beats = beats + 1
             WHERE group_id = ?1 AND instance = ?2",
        )?
        .execute(params![
            seat.group_id,
            seat.instance,
            store.settings.clock.now_ms()
        ])?;
    Ok(())
}

/// Takes a member off the list and frees all that it holds.
fn put_out(transaction: &Transaction<'_>, group_id: i64, token: i64) -> Result<(), Failure> {
    transaction.execute(
        "DELETE FROM members WHERE group_id = ?1 AND token = ?2",
        [group_id, token],
    )?;
    transaction.execute(
        "UPDATE shares SET owner = NULL WHERE group_id = ?1 AND owner = ?2",
        [group_id, token],
    )?;
    note_change(transaction, group_id)
}

/// The answer to the older of two members with one id.
fn fenced(seat: &Seat) -> TransportError {
    TransportError::Fenced(format!(
        "another instance called {} has joined group {}; give each running instance an id of its \
         own, or stop one of the two",
        seat.instance, seat.group
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::EmbeddedSettings;
    use wiredesk_model::{Topic, TopicNames};

    /// What keeps a former owner out, apart from its place on the list: owner and epoch.
    #[test]
    fn positions_move_for_the_owner_and_its_epoch_alone() {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let path = folder.path().join("wire.db");
        let store = Store::open(EmbeddedSettings::at(path, TopicNames::default()));
        let store = store.expect("the store opens");
        let seat = store.write("preparing", |transaction| {
            crate::topics::create(
                transaction,
                &Topic::Raw.spec(1),
                &TopicNames::default().physical(Topic::Raw),
            )?;
            let topic = store.topic(transaction, Topic::Raw)?;
            join(&store, transaction, ("group", "one", 1), vec![topic])
        });
        let seat = seat.expect("one member");
        let tended = store.write("tending", |transaction| {
            let mut sightings = Sightings::default();
            tend(&store, transaction, &seat, &BTreeMap::new(), &mut sightings)
        });
        let (claim, position) = tended.expect("tending").taken[0];
        assert_eq!((claim.epoch, position), (1, None));

        let commit = |seat: &Seat, claim: Claim| {
            store.write("committing", |transaction| {
                commit_positions(transaction, seat, &[(claim, 7)])
            })
        };
        let stale = Claim { epoch: 0, ..claim };
        let other = Seat {
            token: seat.token + 1,
            ..seat.clone()
        };
        assert!(matches!(
            commit(&seat, stale),
            Err(TransportError::Superseded(_))
        ));
        assert!(matches!(
            commit(&other, claim),
            Err(TransportError::Fenced(_))
        ));
        commit(&seat, claim).expect("the owner with its epoch");
        let gone = |transaction: &Transaction<'_>| leave(transaction, &seat);
        store.write("leaving", gone).expect("leaving");
        assert!(matches!(
            commit(&seat, claim),
            Err(TransportError::Superseded(_))
        ));
    }
}
