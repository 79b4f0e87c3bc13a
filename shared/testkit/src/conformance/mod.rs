//! The battery that every transport passes: the contracts of `wiredesk_pipeline::transport` as
//! properties, written against the traits alone.
//!
//! A transport's tests provide a [`Bench`] (an empty namespace, and how long things may take) and
//! name its maker; each property becomes a test of its own:
//!
//! ```text
//! // `fn make(namespace: &str) -> Option<impl Bench>`; `None` skips, after saying why.
//! wiredesk_testkit::conformance_suite!(make);
//! ```
//!
//! Where the bench can start a worker in a process of its own, the battery also kills it: at each
//! of the transport's crash points, and at any moment. That process calls [`run_worker`]; the usual
//! way is a test of the same binary that does nothing unless an environment variable asks for it.

mod atomicity;
mod bench;
mod compaction;
mod crash;
mod groups;
mod hand;
mod handover;
mod order;
mod positions;
mod reading;
mod records;
mod topics;

pub use atomicity::{
    abandoned_batch_leaves_nothing, commit_shows_the_whole_batch, empty_batch_is_fine,
    oversize_record_is_refused_with_its_batch, refused_batch_leaves_nothing,
};
pub use bench::{Bench, Limits};
pub use compaction::{
    compaction_keeps_the_newest_of_each_key, snapshot_has_the_newest_of_each_key,
    snapshot_is_complete_after_a_change_of_owner, state_is_read_in_bounded_pieces,
};
pub use crash::run_worker;
pub use crash::{crash_at_every_step_is_all_or_nothing, killed_worker_loses_and_doubles_nothing};
pub use groups::{
    leaving_frees_at_once, member_alone_holds_everything, newer_instance_fences_the_older,
    one_partition_stays_with_one_member, revoked_partitions_are_ours_until_released,
    second_member_gets_a_fair_share,
};
pub use handover::{
    former_owner_cannot_commit, nothing_lost_or_doubled_over_join_and_leave,
    silent_member_loses_its_partitions, silent_member_works_again_once_it_polls,
};
pub use order::{
    key_decides_the_partition, order_is_kept_across_batches, order_is_kept_across_members,
};
pub use positions::{
    backlog_and_lag_count_what_is_not_committed, commit_moves_only_the_named_partitions,
    committed_positions_can_be_asked_and_committed_again, groups_do_not_share_positions,
    nothing_fetched_ahead_comes_late, pause_holds_back_and_resume_goes_on,
    restart_goes_on_behind_the_last_commit, rewind_delivers_again_from_the_last_commit,
};
pub use reading::{
    large_batch_comes_through, poll_and_read_keep_to_their_bounds, reader_at_positions,
    reader_follows_what_is_written, reader_from_a_time, reader_from_earliest_and_latest,
    reader_from_the_last_records, records_come_back_as_they_were,
};
pub use records::copying;
pub use topics::{
    create_leaves_what_is_there, describe_tells_missing_and_different, missing_topics_are_refused,
};

/// Makes one `#[test]` of each property, over the benches that `$make` makes.
///
/// `$make` is a function from a namespace (the property's name) to `Option<impl Bench>`; where it
/// answers `None` the test ends there, and the maker has printed why.
#[macro_export]
macro_rules! conformance_suite {
    ($make:path) => {
        $crate::conformance_suite! { @each $make;
            commit_shows_the_whole_batch
            abandoned_batch_leaves_nothing
            refused_batch_leaves_nothing
            oversize_record_is_refused_with_its_batch
            empty_batch_is_fine
            crash_at_every_step_is_all_or_nothing
            killed_worker_loses_and_doubles_nothing
            key_decides_the_partition
            order_is_kept_across_batches
            order_is_kept_across_members
            restart_goes_on_behind_the_last_commit
            rewind_delivers_again_from_the_last_commit
            commit_moves_only_the_named_partitions
            committed_positions_can_be_asked_and_committed_again
            groups_do_not_share_positions
            backlog_and_lag_count_what_is_not_committed
            pause_holds_back_and_resume_goes_on
            nothing_fetched_ahead_comes_late
            member_alone_holds_everything
            second_member_gets_a_fair_share
            one_partition_stays_with_one_member
            revoked_partitions_are_ours_until_released
            leaving_frees_at_once
            newer_instance_fences_the_older
            nothing_lost_or_doubled_over_join_and_leave
            silent_member_loses_its_partitions
            silent_member_works_again_once_it_polls
            former_owner_cannot_commit
            reader_from_earliest_and_latest
            reader_from_a_time
            reader_from_the_last_records
            reader_at_positions
            reader_follows_what_is_written
            poll_and_read_keep_to_their_bounds
            records_come_back_as_they_were
            large_batch_comes_through
            snapshot_has_the_newest_of_each_key
            snapshot_is_complete_after_a_change_of_owner
            state_is_read_in_bounded_pieces
            compaction_keeps_the_newest_of_each_key
            create_leaves_what_is_there
            describe_tells_missing_and_different
            missing_topics_are_refused
        }
    };
    (@each $make:path; $($property:ident)+) => {
        $(
            #[test]
            fn $property() {
                if let Some(bench) = $make(stringify!($property)) {
                    $crate::conformance::$property(&bench);
                }
            }
        )+
    };
}
