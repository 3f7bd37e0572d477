#!/usr/bin/env escript
%% The rows of `bench -- peers` for Erlang: plain processes, raw messages, an ask as reference and receive.
%% Usage: escript actors.escript ROW N. Prints what one operation took, in nanoseconds, after a warm-up.
-mode(compile).

main([Row, Text]) ->
    N = list_to_integer(Text),
    _ = each(Row, max(1000, N div 10)),
    erlang:garbage_collect(),
    io:format("~.1f~n", [each(Row, N)]).

each(Row, N) ->
    Run = prepare(Row),
    {Us, _} = timer:tc(fun() -> Run(N) end),
    Us * 1000 / N.

prepare("tell") ->
    Bench = self(),
    Counter = spawn(fun() -> counter(Bench, 0, 0) end),
    fun(N) -> bursts(Counter, N) end;
prepare("ping-pong") ->
    Bench = self(),
    First = spawn(fun() -> player(Bench) end),
    Second = spawn(fun() -> player(Bench) end),
    fun(N) -> First ! {ball, N, Second}, receive done -> ok end end;
prepare("ask-sequential") ->
    Tally = spawn(fun() -> tally(0) end),
    fun(N) -> one_by_one(Tally, N) end;
prepare("ask-1k") ->
    Tally = spawn(fun() -> tally(0) end),
    fun(N) -> many_at_once(Tally, N) end;
prepare("spawn") ->
    Bench = self(),
    fun(N) ->
        Children = [begin C = spawn(fun() -> child(Bench, 0) end), C ! {add, 1}, C end || _ <- lists:seq(1, N)],
        wait(N),
        Children
    end.

%% Tells the bench after each 1,000 messages.
counter(Bench, Total, 1000) -> Bench ! done, counter(Bench, Total, 0);
counter(Bench, Total, Hits) -> receive {add, Amount} -> counter(Bench, Total + Amount, Hits + 1) end.

bursts(_, N) when N =< 0 -> ok;
bursts(Counter, N) ->
    burst(Counter, 1000),
    receive done -> bursts(Counter, N - 1000) end.

burst(_, 0) -> ok;
burst(Counter, Left) -> Counter ! {add, 1}, burst(Counter, Left - 1).

player(Bench) ->
    receive
        {ball, 1, _} -> Bench ! done;
        {ball, Left, Other} -> Other ! {ball, Left - 1, self()}
    end,
    player(Bench).

tally(Total) ->
    receive {add, Amount, Ref, From} -> From ! {Ref, Total + Amount}, tally(Total + Amount) end.

one_by_one(_, 0) -> ok;
one_by_one(Tally, Left) ->
    Ref = make_ref(),
    Tally ! {add, 1, Ref, self()},
    receive {Ref, _} -> one_by_one(Tally, Left - 1) end.

many_at_once(_, N) when N =< 0 -> ok;
many_at_once(Tally, N) ->
    Refs = [begin Ref = make_ref(), Tally ! {add, 1, Ref, self()}, Ref end || _ <- lists:seq(1, 1000)],
    [receive {Ref, _} -> ok end || Ref <- Refs],
    many_at_once(Tally, N - 1000).

child(Bench, Total) -> receive {add, Amount} -> Bench ! done, child(Bench, Total + Amount) end.

wait(0) -> ok;
wait(Left) -> receive done -> wait(Left - 1) end.
