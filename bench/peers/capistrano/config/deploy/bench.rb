set :ssh_options, config: [ENV.fetch("SSH_CONFIG")], keepalive: true
ENV.fetch("HOSTS").split.each { |host| server host, user: "deploy", roles: %w[app] }
