//! Sharing a topic's partitions out among the members of a group.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::{Connection, Transaction, params};

use crate::balance::{self, Standing};
use crate::error::Failure;
use crate::group::{Claim, Seat, Tended};
use crate::roster::MemberRow;
use crate::topics::TopicInfo;

/// Compares what the member holds of one topic with its share: takes what is free, and says what
/// is surplus.
pub(crate) fn share_out(
    transaction: &Transaction<'_>,
    seat: &Seat,
    topic: &TopicInfo,
    (members, held): (&[MemberRow], &BTreeMap<i64, i64>),
    tended: &mut Tended,
) -> Result<(), Failure> {
    let me = tended.token;
    let owners = owners(transaction, seat.group_id)?;
    let mut mine = Vec::new();
    let mut free = Vec::new();
    for &partition_id in &topic.partitions {
        let share = owners.get(&partition_id).copied().unwrap_or_default();
        let known = held.get(&partition_id);
        let is_mine = share.owner == Some(me) && known == Some(&share.epoch);
        if is_mine {
            mine.push(partition_id);
            continue;
        }
        if known.is_some() {
            tended.lost.push(partition_id);
        }
        let has_living_owner = members
            .iter()
            .any(|member| member.token != me && share.owner == Some(member.token));
        if !has_living_owner {
            free.push((partition_id, share));
        }
    }
    let standings = standings(topic, members, &owners);
    let share = balance::shares(topic.partitions.len(), &standings)
        .get(&me)
        .copied()
        .unwrap_or(0);
    if mine.len() > share {
        tended.surplus.extend(&mine[share..]);
    }
    for (partition_id, found) in free.into_iter().take(share.saturating_sub(mine.len())) {
        let epoch = found.epoch + 1;
        transaction
            .prepare_cached(
                "UPDATE shares SET owner = ?3, epoch = ?4 WHERE group_id = ?1 AND partition_id = ?2",
            )?
            .execute(params![seat.group_id, partition_id, me, epoch])?;
        let claim = Claim {
            partition_id,
            epoch,
        };
        tended.taken.push((claim, found.next_offset));
    }
    Ok(())
}

#[derive(Debug, Clone, Copy, Default)]
struct Share {
    owner: Option<i64>,
    epoch: i64,
    next_offset: Option<i64>,
}

fn owners(connection: &Connection, group_id: i64) -> rusqlite::Result<BTreeMap<i64, Share>> {
    connection
        .prepare_cached(
            "SELECT partition_id, owner, epoch, next_offset FROM shares WHERE group_id = ?1",
        )?
        .query_map([group_id], |row| {
            let share = Share {
                owner: row.get(1)?,
                epoch: row.get(2)?,
                next_offset: row.get(3)?,
            };
            Ok((row.get(0)?, share))
        })?
        .collect()
}

fn standings(
    topic: &TopicInfo,
    members: &[MemberRow],
    owners: &BTreeMap<i64, Share>,
) -> Vec<Standing> {
    let of_topic: BTreeSet<&i64> = topic.partitions.iter().collect();
    members
        .iter()
        .filter(|member| member.topics.contains(&topic.id))
        .map(|member| {
            let holds = owners
                .iter()
                .filter(|(_, share)| share.owner == Some(member.token));
            Standing {
                token: member.token,
                holds: holds
                    .clone()
                    .filter(|(id, _)| of_topic.contains(id))
                    .count(),
                holds_in_all: holds.count(),
            }
        })
        .collect()
}
