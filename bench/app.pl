#!/usr/bin/perl
# The app that every tool deploys: it starts in 10 ms, so that the time is the tool's. It answers with its version.
use strict;
use warnings;
use IO::Socket::INET;

$SIG{TERM} = sub { exit 0 };
my $server = IO::Socket::INET->new(LocalAddr => $ENV{HOST}, LocalPort => $ENV{PORT}, Listen => 128, ReuseAddr => 1)
    or die "cannot listen on $ENV{HOST}:$ENV{PORT}: $@\n";
my $body = "$ENV{BENCH_VERSION}\n";
while (1) {
    my $client = $server->accept or next;
    my $line = "";
    while (defined($line = <$client>)) { last if $line =~ /^\r?\n$/ }
    next unless defined $line;
    print $client "HTTP/1.1 200 OK\r\nContent-Length: ", length $body, "\r\nConnection: close\r\n\r\n$body";
    close $client;
}
